import { rowsOf } from '../../db/list/row-source.ts';
import { type Database, read, type Transaction } from '../../db/port/database.ts';
import type { Ended } from '../../db/port/ending.ts';
import { checkExpectation, NOTHING } from '../../db/revocation/end.ts';
import { selectRestorable } from '../../db/session/count.ts';
import { prepareSelection } from '../../db/session/selection.ts';
import { TomoError } from '../../model/errors.ts';
import type { RevocationNote } from '../../model/revocation.ts';
import { type Session, type SessionFilter, stateWords } from '../../model/session.ts';
import { findSessions, requireSessions } from '../session/id.ts';
import { resolveFilter } from '../session/selection.ts';
import { requireUsers } from '../user/users.ts';

export type { RevocationNote };
export { checkExpectation };

/** What became of one id that was asked for. */
export interface IdResult {
  /** As it was given. */
  id: string;
  outcome: 'revoked' | 'would-revoke' | 'already-ended' | 'not-found';
  /** As it is now, or was when it was deleted; null when not found. */
  session: Session | null;
}

export interface RevokeByIdReport extends CameBack {
  dryRun: boolean;
  /** Null when none of the sessions was live. */
  revocation: number | null;
  revoked: number;
  results: IdResult[];
  /**
   * For a compromise: ids of sessions that had been revoked before and can no longer be restored (or,
   * dry, could then not).
   */
  claimed: string[];
  /** Live sessions that the user still has, when all ids were of one user. */
  remaining: { username: string; sessions: number } | null;
  /** Days that ended sessions are kept; 0: they are deleted at once; null: nobody says. */
  retention: number | null;
}

/**
 * Ends the sessions with these ids or prefixes. Expected outcomes are results, not errors; a malformed or ambiguous id
 * throws before anything is changed. `expect`: how many of them it must choose; `owner`: only sessions of the user
 * with this id are found.
 */
export async function revokeByIds(
  db: Database,
  ids: string[],
  note: RevocationNote,
  { dryRun, expect, owner }: { dryRun: boolean; expect: number | null; owner?: string | undefined },
): Promise<RevokeByIdReport> {
  let found: (Session | undefined)[] = [];
  const choose = async (tx: Transaction) => {
    found = await findSessions(tx, ids, owner);
    return { scope: 'ids' as const, ids: [...new Set(found.flatMap((s) => s?.id ?? []))] };
  };
  if (!dryRun) {
    return db.sessions.end(db, {
      note,
      expect,
      choose,
      report: (tx, ended) => reportIds(tx, ids, found, ended, false),
    });
  }
  return read(db, async (tx) => {
    const revocable = await tx.sessions.revocable(tx, (await choose(tx)).ids, note.compromised);
    checkExpectation(revocable.length, expect);
    return reportIds(tx, ids, found, Promise.resolve({ ...NOTHING, revocable }), true);
  });
}

async function reportIds(
  tx: Transaction,
  ids: string[],
  found: (Session | undefined)[],
  ending: Promise<Ended>,
  dryRun: boolean,
): Promise<RevokeByIdReport> {
  const known = new Map(found.flatMap((s) => (s ? [[s.id, s]] : [])));
  const [user, ...others] = new Map([...known.values()].map((s) => [s.userId, s])).values();
  const [ended, now, left, retention] = await Promise.all([
    ending,
    tx.sessions.byId(tx, [...known.keys()]),
    user && others.length === 0 ? countLive(tx, user) : null,
    tx.sessions.retention(tx),
  ]);
  const { revocations, revocable } = ended;
  const live = new Set(revocable.flatMap((s) => (s.live ? [s.id] : [])));
  const after = new Map(now.map((s) => [s.id, s]));
  const results = ids.map((id, i): IdResult => {
    const session = after.get(found[i]?.id ?? '') ?? asItWas(found[i], live);
    if (!session) return { id, outcome: 'not-found', session };
    const outcome = dryRun ? 'would-revoke' : 'revoked';
    return { id, outcome: live.has(session.id) ? outcome : 'already-ended', session };
  });
  return {
    dryRun,
    revocation: revocations[0]?.id ?? null,
    revoked: live.size,
    results,
    claimed: revocable.flatMap((s) => (s.live ? [] : [s.id])),
    remaining: left && live.size > 0 ? { ...left, sessions: left.sessions - (dryRun ? live.size : 0) } : null,
    retention,
    ...again(ended),
  };
}

/** One that was deleted; by somebody else, it has ended, and nobody says how. */
function asItWas(session: Session | undefined, revoked: ReadonlySet<string>): Session | null {
  if (session?.state !== 'active' || revoked.has(session.id)) return session ?? null;
  return { ...session, state: 'ended', expiresAt: null };
}

async function countLive(tx: Transaction, { username, userId }: Session): Promise<RevokeByIdReport['remaining']> {
  if (username === null || userId === null) return null;
  const sessions = await tx.sessions.count(tx, { state: 'active', userId });
  return { username, sessions };
}

/** Sessions that a request in flight has brought back; what is missing is none. */
export interface CameBack {
  /** Ended again. */
  cameBack?: number;
  /** Those of them that came back every time, and are in. */
  stillIn?: number;
}

export function again({ cameBack, stillIn }: Ended): CameBack {
  return { ...(cameBack > 0 ? { cameBack } : {}), ...(stillIn > 0 ? { stillIn } : {}) };
}

/** Throws KEEP_NOT_LIVE unless the session is live and of one of these users (undefined: anybody). */
export function checkKept(session: Session, users: readonly { id: string }[] | undefined): void {
  const named = users?.some(({ id }) => id === session.userId) ?? true;
  if (session.state === 'active' && named) return;
  const why = named
    ? `is ${stateWords(session.state)}`
    : `belongs to ${session.username ?? 'nobody'}, who is not named here`;
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
 * Read-only, by the same condition as the revocation. `keep`: ids or prefixes; `own`: the id of the operator's
 * session. Throws NOT_FOUND for an unknown user or id.
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
      const but = (id: string) => ({ ...filter, except: [...(filter.except ?? []), id] });
      const [counted, others, first] = await Promise.all([
        tx.sessions.countWithUsers(tx, filter),
        own === undefined ? null : tx.sessions.count(tx, but(own)),
        rowsOf(tx.sessions.page(tx, filter, { sort: 'activity', after: null }, PREVIEW_ROWS)),
      ]);
      return { ...counted, first, includesOwn: others !== null && others < counted.sessions, kept };
    },
    { statementTimeout: 60_000, parallel: true },
  );
}

/** The filter with what it names looked up, without the sessions to keep. Throws KEEP_NOT_LIVE. */
async function exceptKept(tx: Transaction, selected: SessionFilter, keep: string[]) {
  const [kept, users] = await Promise.all([
    requireSessions(tx, keep),
    selected.users && keep.length > 0 ? requireUsers(tx, selected.users) : undefined,
  ]);
  for (const session of kept) checkKept(session, users);
  const except = kept.length > 0 ? { except: kept.map((session) => session.id) } : {};
  return { filter: await resolveFilter(tx, { ...selected, ...except }), kept };
}

export interface RevokeByFilterReport extends CameBack {
  /** Null when nothing matched. */
  revocation: number | null;
  /** Sessions that were live. */
  revoked: number;
}

/**
 * Ends every live session the filter selects but those to keep (ids or prefixes; throws KEEP_NOT_LIVE): the choice is
 * counted against `expect` (throws EXPECTATION_FAILED) and in force when it returns, however many they are.
 */
export function revokeByFilter(
  db: Database,
  given: SessionFilter,
  note: RevocationNote,
  expect: number | null,
  keep: string[] = [],
): Promise<RevokeByFilterReport> {
  const choose = async (tx: Transaction) => {
    const { filter } = await exceptKept(tx, given, keep);
    return { scope: 'filter' as const, filter };
  };
  return db.sessions.end(db, { note, expect, choose, report: inAll });
}

async function inAll(_tx: Transaction, ending: Promise<Ended>): Promise<RevokeByFilterReport> {
  const ended = await ending;
  const [revocation] = ended.revocations;
  return { revocation: revocation?.id ?? null, revoked: revocation?.revoked ?? 0, ...again(ended) };
}

/**
 * How many sessions that the filter selects are out already, by revocations that can be undone: a revocation by filter
 * leaves these alone, also one for a compromise.
 */
export function countRestorable(db: Database, given: SessionFilter): Promise<number> {
  return read(
    db,
    async (tx) => {
      // elsewhere what is out is left as it is
      if (!tx.sessions.server.isTomo) return 0;
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
  { filter, expect }: { filter: object; expect: number | null },
): Promise<RevokeByFilterReport> {
  return db.sessions.end(db, { note, expect, choose: async () => ({ scope: 'ids', ids, filter }), report: inAll });
}
