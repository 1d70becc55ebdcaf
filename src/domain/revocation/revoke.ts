import { type Database, read, type Transaction, write } from '../../db/port/database.ts';
import {
  abandonTargets,
  addTargetsByFilter,
  addTargetsById,
  beginRevocation,
  claimCompromised,
  MARK_BATCH,
  type RevocationNote,
  sealRevocation,
  selectClaimable,
  selectProgress,
} from '../../db/revocation/revoke.ts';
import { countSessions } from '../../db/session/count.ts';
import { prepareSelection } from '../../db/session/selection.ts';
import { SESSION_ROWS, selectSessionsById } from '../../db/session/sessions.ts';
import { selectSessionRetention } from '../../db/settings/settings.ts';
import { TomoError } from '../../model/errors.ts';
import type { Session, SessionFilter } from '../../model/session.ts';
import type { Pace } from '../batch/budget.ts';
import { findSessions, requireSessions } from '../session/id.ts';
import { resolveFilter } from '../session/selection.ts';
import { markRevocations } from './marking.ts';

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
 * Ends the sessions with these ids or prefixes, in one transaction, or in batches where they are more than one holds. Expected outcomes are results, not errors; a
 * malformed or ambiguous id throws before anything is changed. `expect`: how many of them must be live.
 */
export async function revokeByIds(
  db: Database,
  ids: string[],
  note: RevocationNote,
  options: { dryRun: boolean; expect: number | null },
): Promise<RevokeByIdReport> {
  const dryRun = options.dryRun;
  const transaction = dryRun ? read : write;
  const chosen = await transaction(db, async (tx) => {
    const found = await findSessions(tx, ids);
    const live = [...new Set(found.flatMap((s) => (s?.state === 'active' ? [s.id] : [])))];
    checkExpectation(live.length, options.expect);
    const dead = note.compromised
      ? await selectClaimable(
          tx,
          found.flatMap((s) => s?.id ?? []),
        )
      : [];
    return { found, live, ...(dryRun ? { revocation: null, claimed: dead } : await revokeFound(tx, live, dead, note)) };
  });
  const { found, live, revocation, claimed } = chosen;
  if (live.length > MARK_BATCH && revocation !== null) await markRevocations(db, revocation);
  return read(db, async (tx) => {
    const known = found.flatMap((s) => s?.id ?? []);
    const after = new Map((await selectSessionsById(tx, known)).map((s) => [s.id, s]));
    const results = ids.map((id, i): IdResult => {
      const session = after.get(found[i]?.id ?? '') ?? null;
      if (!session) return { id, outcome: 'not-found', session };
      if (dryRun) return { id, outcome: session.state === 'active' ? 'would-revoke' : 'already-ended', session };
      const revoked = revocation !== null && session.revocationId === revocation && !claimed.includes(session.id);
      return { id, outcome: revoked ? 'revoked' : 'already-ended', session };
    });
    const revoked = new Set(
      results.flatMap((r) => (r.outcome === 'revoked' || r.outcome === 'would-revoke' ? [r.session?.id] : [])),
    ).size;
    const usernames = new Set(results.flatMap((r) => r.session?.username ?? []));
    return {
      dryRun,
      revocation,
      revoked,
      results,
      claimed,
      remaining:
        usernames.size === 1 && revoked > 0
          ? await remainingOf(tx, [...usernames][0] ?? '', dryRun ? revoked : 0)
          : null,
      retention: await selectSessionRetention(tx),
    };
  });
}

/** `dead`: what another revocation could bring back. The revocation is null when there is nothing for it to hold. */
async function revokeFound(
  tx: Transaction,
  live: string[],
  dead: string[],
  note: RevocationNote,
): Promise<{ revocation: number | null; claimed: string[] }> {
  if (live.length + dead.length === 0) return { revocation: null, claimed: [] };
  await tx.script('savepoint chosen');
  const revocation = await beginRevocation(tx, note, { ids: live.length + dead.length });
  const claimed = dead.length > 0 ? await claimCompromised(tx, revocation, dead) : [];
  // what was restored in between is live
  await addTargetsById(tx, revocation, [...live, ...dead]);
  if ((await sealRevocation(tx, revocation, null)) + claimed.length > 0) return { revocation, claimed };
  await tx.script('rollback to savepoint chosen');
  return { revocation: null, claimed: [] };
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
  const why = named ? `is ${session.state}` : `belongs to ${session.username}, who is not named here`;
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
      const kept = await requireSessions(tx, keep);
      for (const session of kept) checkKept(session, selected.users);
      const filter = await resolveFilter(tx, { ...selected, except: kept.map((session) => session.id) });
      const selection = await prepareSelection(tx, filter);
      const first = await SESSION_ROWS.page(tx, selection, { sort: 'activity', after: null }, PREVIEW_ROWS);
      const counted = await countSessions(tx, selection);
      const but = (id: string) => ({ ...selection, filter: { ...filter, except: [...(filter.except ?? []), id] } });
      const others = own === undefined ? counted : await countSessions(tx, but(own));
      return { ...counted, first, includesOwn: others.sessions < counted.sessions };
    },
    { statementTimeout: 60_000, parallel: true },
  );
}

export interface RevokeByFilterReport {
  /** Null when nothing matched. */
  revocation: number | null;
  /** Chosen when the command began. */
  selected: number;
  revoked: number;
  /** Chosen and ended by something else before their turn. */
  alreadyEnded: number;
  interrupted: boolean;
}

/**
 * Ends every live session the filter selects. The ids are frozen first and counted against `expect` (throws
 * EXPECTATION_FAILED); up to one batch is one transaction, more are worked off batch by batch. Stopped by the
 * signal, it gives up the rest; killed, the next cleanup finishes it.
 */
export function revokeByFilter(
  db: Database,
  given: SessionFilter,
  note: RevocationNote,
  options: { expect: number | null } & Pace,
): Promise<RevokeByFilterReport> {
  return revokeTargets(db, note, options, async (tx) => {
    const filter = await resolveFilter(tx, given);
    return { filter, add: (id) => addTargetsByFilter(tx, id, filter) };
  });
}

/** The same for those of the ids that are live. `filter`: how they came to be chosen, for the record. */
export function revokeLiveIds(
  db: Database,
  ids: readonly string[],
  note: RevocationNote,
  options: { filter: object; expect: number | null } & Pace,
): Promise<RevokeByFilterReport> {
  return revokeTargets(db, note, options, async (tx) => ({
    filter: options.filter,
    add: async (id) => {
      for (let i = 0; i < ids.length; i += MARK_BATCH) await addTargetsById(tx, id, ids.slice(i, i + MARK_BATCH));
    },
  }));
}

/** `choose`: what the record says of the choice, and what adds the chosen ones. */
async function revokeTargets(
  db: Database,
  note: RevocationNote,
  options: { expect: number | null } & Pace,
  choose: (tx: Transaction) => Promise<{ filter: object; add: (revocation: number) => Promise<void> }>,
): Promise<RevokeByFilterReport> {
  const frozen = await write(db, async (tx) => {
    const { filter, add } = await choose(tx);
    const id = await beginRevocation(tx, note, filter);
    await add(id);
    const selected = await sealRevocation(tx, id, options.expect);
    if (selected === 0) throw new NothingSelected();
    return { id, selected };
  }).catch((error: unknown) => {
    if (error instanceof NothingSelected) return null;
    throw error;
  });
  if (!frozen) return { revocation: null, selected: 0, revoked: 0, alreadyEnded: 0, interrupted: false };
  const { id, selected } = frozen;
  let interrupted = false;
  if (selected > MARK_BATCH) {
    const marked = await markRevocations(db, id, options).catch((error: unknown) => {
      if (!(error instanceof TomoError)) throw error;
      throw new TomoError(
        error.code,
        `Revoking ${selected} sessions (revocation ${id}) stopped on the way: ${error.message}`,
        { reason: 'revocation-stopped', cause: error },
      );
    });
    interrupted = marked.interrupted;
    if (interrupted) await write(db, (tx) => abandonTargets(tx, id, note.actor));
  }
  const { marked: revoked } = await read(db, (tx) => selectProgress(tx, id));
  return { revocation: id, selected, revoked, alreadyEnded: interrupted ? 0 : selected - revoked, interrupted };
}

/** Rolls the empty revocation back. */
class NothingSelected extends Error {}
