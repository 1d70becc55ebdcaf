import { type Database, read, type Transaction, write } from '../../db/port/database.ts';
import {
  addTargetsByFilter,
  addTargetsById,
  beginRevocation,
  type RevocationNote,
  sealRevocation,
  selectRevocable,
} from '../../db/revocation/revoke.ts';
import { countSessions, selectRestorable } from '../../db/session/count.ts';
import { prepareSelection } from '../../db/session/selection.ts';
import { SESSION_ROWS, selectSessionsById } from '../../db/session/sessions.ts';
import { selectSessionRetention } from '../../db/settings/settings.ts';
import { TomoError } from '../../model/errors.ts';
import { type Session, type SessionFilter, stateWords } from '../../model/session.ts';
import { findSessions, requireSessions } from '../session/id.ts';
import { resolveFilter } from '../session/selection.ts';

export type { RevocationNote };

/** What became of one id that was asked for. */
export interface IdResult {
  /** As it was given. */
  id: string;
  outcome: 'revoked' | 'would-revoke' | 'already-ended' | 'not-found';
  /** As it is now; null when not found. */
  session: Session | null;
}

export interface RevokeByIdReport {
  dryRun: boolean;
  /** Null when none of the sessions was live. */
  revocation: number | null;
  revoked: number;
  results: IdResult[];
  /** For a compromise: ids of sessions that had been revoked before and can no longer be restored (or, dry, could then not). */
  claimed: string[];
  /** Live sessions that the user still has, when all ids were of one user. */
  remaining: { username: string; sessions: number } | null;
  /** Days that ended sessions are kept. */
  retention: number;
}

/**
 * Ends the sessions with these ids or prefixes, in one transaction. Expected outcomes are results, not errors; a malformed
 * or ambiguous id throws before anything is changed. `expect`: how many of them it must choose; `owner`: only sessions of the
 * user with this id are found.
 */
export async function revokeByIds(
  db: Database,
  ids: string[],
  note: RevocationNote,
  options: { dryRun: boolean; expect: number | null; owner?: string | undefined },
): Promise<RevokeByIdReport> {
  const dryRun = options.dryRun;
  const transaction = dryRun ? read : write;
  return transaction(db, async (tx) => {
    const found = await findSessions(tx, ids, options.owner);
    const known = [...new Set(found.flatMap((s) => s?.id ?? []))];
    const revocable = await selectRevocable(tx, known, note.compromised);
    const live = new Set(revocable.flatMap((s) => (s.live ? [s.id] : [])));
    checkExpectation(revocable.length, options.expect);
    const claimed = revocable.flatMap((s) => (s.live ? [] : [s.id]));
    const revocation = dryRun || revocable.length === 0 ? null : await revokeFound(tx, known, claimed.length, note);
    const after = new Map((await selectSessionsById(tx, known)).map((s) => [s.id, s]));
    const results = ids.map((id, i): IdResult => {
      const session = after.get(found[i]?.id ?? '') ?? null;
      if (!session) return { id, outcome: 'not-found', session };
      const outcome = dryRun ? 'would-revoke' : 'revoked';
      return { id, outcome: live.has(session.id) ? outcome : 'already-ended', session };
    });
    const usernames = new Set(results.flatMap((r) => r.session?.username ?? []));
    return {
      dryRun,
      revocation,
      revoked: live.size,
      results,
      claimed,
      remaining:
        usernames.size === 1 && live.size > 0
          ? await remainingOf(tx, [...usernames][0] ?? '', dryRun ? live.size : 0)
          : null,
      retention: await selectSessionRetention(tx),
    };
  });
}

async function revokeFound(tx: Transaction, ids: string[], claimed: number, note: RevocationNote): Promise<number> {
  const filter = { ids: ids.length, ...(claimed > 0 ? { claimed } : {}) };
  const revocation = await beginRevocation(tx, note, filter);
  await addTargetsById(tx, revocation, ids, note.compromised);
  await sealRevocation(tx, revocation, null);
  return revocation;
}

async function remainingOf(
  tx: Transaction,
  username: string,
  minus: number,
): Promise<{ username: string; sessions: number }> {
  const { sessions } = await countSessions(tx, await prepareSelection(tx, { state: 'active', users: [username] }));
  return { username, sessions: sessions - minus };
}

/** Throws EXPECTATION_FAILED unless there are as many sessions as expected (null: any number). */
export function checkExpectation(found: number, expected: number | null): void {
  if (expected !== null && expected !== found) {
    throw new TomoError(
      'EXPECTATION_FAILED',
      `Refused: expected ${expected} sessions and found ${found}. Nothing was changed.`,
    );
  }
}

/** Throws KEEP_NOT_LIVE unless the session is live and of one of these users (undefined: anybody). */
export function checkKept(session: Session, usernames: string[] | undefined): void {
  const named = usernames?.some((name) => name.toLowerCase() === session.username.toLowerCase()) ?? true;
  if (session.state === 'active' && named) return;
  const why = named ? `is ${stateWords(session.state)}` : `belongs to ${session.username}, who is not named here`;
  throw new TomoError('KEEP_NOT_LIVE', `Session ${session.id} to keep ${why}, so nothing was revoked.`, {
    hint: 'Only sessions that are live now, of the users concerned, can be kept.',
  });
}

/** What a bulk revocation would take: for the question, and for `--dry-run`. */
export interface Preview {
  sessions: number;
  users: number;
  first: Session[];
  /** The operator's own session, if it is known, is among them. */
  includesOwn: boolean;
  /** What is left alone on purpose. */
  kept: Session[];
}

const PREVIEW_ROWS = 5;

/**
 * Read-only, by the same condition as the revocation. `keep`: ids or prefixes; `own`: the id of the operator's session.
 * Throws NOT_FOUND for an unknown user or id.
 */
export function previewRevocation(
  db: Database,
  selected: SessionFilter,
  { keep = [], own }: { keep?: string[] | undefined; own?: string | undefined } = {},
): Promise<Preview> {
  return read(
    db,
    async (tx) => {
      const { filter, kept } = await exceptKept(tx, selected, keep);
      const selection = await prepareSelection(tx, filter);
      const first = await SESSION_ROWS.page(tx, selection, { sort: 'activity', after: null }, PREVIEW_ROWS);
      const counted = await countSessions(tx, selection);
      const but = (id: string) => ({ ...selection, filter: { ...filter, except: [...(filter.except ?? []), id] } });
      const others = own === undefined ? counted : await countSessions(tx, but(own));
      return { ...counted, first, includesOwn: others.sessions < counted.sessions, kept };
    },
    { statementTimeout: 60_000, parallel: true },
  );
}

/** The filter with what it names looked up, without the sessions to keep. Throws KEEP_NOT_LIVE. */
async function exceptKept(tx: Transaction, selected: SessionFilter, keep: string[]) {
  const kept = await requireSessions(tx, keep);
  for (const session of kept) checkKept(session, selected.users);
  const except = kept.length > 0 ? { except: kept.map((session) => session.id) } : {};
  return { filter: await resolveFilter(tx, { ...selected, ...except }), kept };
}

export interface RevokeByFilterReport {
  /** Null when nothing matched. */
  revocation: number | null;
  /** Sessions that were live. */
  revoked: number;
}

/**
 * Ends every live session the filter selects but those to keep (ids or prefixes; throws KEEP_NOT_LIVE): the choice is counted against `expect` (throws EXPECTATION_FAILED) and in
 * force when one transaction commits, however many they are.
 */
export function revokeByFilter(
  db: Database,
  given: SessionFilter,
  note: RevocationNote,
  expect: number | null,
  keep: string[] = [],
): Promise<RevokeByFilterReport> {
  return revokeTargets(db, note, expect, async (tx) => {
    const { filter } = await exceptKept(tx, given, keep);
    return { filter, add: (id) => addTargetsByFilter(tx, id, filter) };
  });
}

/**
 * How many sessions that the filter selects are out already, by revocations that can be undone: a revocation by filter
 * leaves these alone, also one for a compromise.
 */
export function countRestorable(db: Database, given: SessionFilter): Promise<number> {
  return read(
    db,
    async (tx) => {
      const filter = await resolveFilter(tx, { ...given, state: 'revoked' });
      return selectRestorable(tx, await prepareSelection(tx, filter));
    },
    { statementTimeout: 60_000, parallel: true },
  );
}

/** The same for those of the ids that are live. `filter`: how they came to be chosen, for the record. */
export function revokeLiveIds(
  db: Database,
  ids: readonly string[],
  note: RevocationNote,
  options: { filter: object; expect: number | null },
): Promise<RevokeByFilterReport> {
  return revokeTargets(db, note, options.expect, async (tx) => ({
    filter: options.filter,
    add: (id) => addTargetsById(tx, id, ids, note.compromised),
  }));
}

/** `choose`: what the record says of the choice, and what adds the chosen ones. */
async function revokeTargets(
  db: Database,
  note: RevocationNote,
  expect: number | null,
  choose: (tx: Transaction) => Promise<{ filter: object; add: (revocation: number) => Promise<void> }>,
): Promise<RevokeByFilterReport> {
  const work = async (tx: Transaction) => {
    const { filter, add } = await choose(tx);
    const revocation = await beginRevocation(tx, note, filter);
    await add(revocation);
    const revoked = await sealRevocation(tx, revocation, expect);
    if (revoked === 0) throw new NothingSelected();
    return { revocation, revoked };
  };
  return write(db, work, { statementTimeout: 0 }).catch((error: unknown) => {
    if (error instanceof NothingSelected) return { revocation: null, revoked: 0 };
    throw error;
  });
}

/** Rolls the empty revocation back. */
class NothingSelected extends Error {}
