import type { Transaction } from '../../db/port/database.ts';
import { TomoError } from '../../model/errors.ts';
import { type Session, stateWords, type TomoSession } from '../../model/session.ts';
import { findAllByPrefix, findByPrefix, HEX_IDS, type Identified, TEXT_IDS } from '../list/id-prefix.ts';

/** How the server of this transaction writes its ids. */
function idsOf({ sessions }: Transaction): Pick<Identified<Session>, 'parse' | 'isWhole'> {
  return sessions.server.ids === 'hex' ? HEX_IDS('session') : TEXT_IDS;
}

/** All of them, or those of one user. */
const sessionsOf = (tx: Transaction, owner: string | undefined) => ({
  noun: 'session' as const,
  ...idsOf(tx),
  describe: (s: Session) => `${s.username ?? 'nobody'}  ${s.ip ?? ''}  ${stateWords(s.state)}`,
  byPrefix: (tx: Transaction, prefix: string, limit: number) => tx.sessions.byPrefix(tx, prefix, limit, owner),
  byId: async (tx: Transaction, ids: string[]) =>
    (await tx.sessions.byId(tx, ids)).filter(({ userId }) => owner === undefined || userId === owner),
});

/** An id or the beginning of one, as this server writes them. Throws INVALID_INPUT. */
export function parseIdPrefix(tx: Transaction, text: string): string {
  return idsOf(tx).parse(text);
}

/** The one session that an id or prefix names. Throws NOT_FOUND, or AMBIGUOUS_ID with the candidates. */
export async function requireSession(tx: Transaction, text: string): Promise<Session> {
  return (await findSession(tx, text)) ?? noSuchSession(tx, text);
}

/** Throws NOT_FOUND. */
export async function noSuchSession(tx: Transaction, text: string): Promise<never> {
  throw new TomoError('NOT_FOUND', `There is no session ${text}.`, {
    reason: 'no-such-session',
    hint: keptFor(await tx.sessions.retention(tx)),
  });
}

/** The sessions that these texts name, each once. Throws like requireSession. */
export async function requireSessions(tx: Transaction, texts: string[]): Promise<Session[]> {
  const found = await findSessions(tx, texts);
  const sessions = await Promise.all(found.map((session, i) => session ?? noSuchSession(tx, texts[i] ?? '')));
  return [...new Map(sessions.map((session) => [session.id, session])).values()];
}

/**
 * Like requireSession, but undefined when there is none. `owner`: only among the sessions of the user with this id.
 */
export function findSession(tx: Transaction, text: string, owner?: string): Promise<Session | undefined> {
  return findByPrefix(tx, sessionsOf(tx, owner), text);
}

/**
 * The sessions that the texts name, one entry for each, undefined where there is none; `owner` as above. Throws on a
 * malformed or ambiguous one.
 */
export function findSessions(tx: Transaction, texts: string[], owner?: string): Promise<(Session | undefined)[]> {
  return findAllByPrefix(tx, sessionsOf(tx, owner), texts);
}

/** The same in the schema `tomo`. */
export async function requireTomoSession(tx: Transaction, text: string): Promise<TomoSession> {
  return (await requireSession(tx, text)) as TomoSession;
}

/** Why an id that somebody has seen may be gone. */
export function keptFor(days: number | null): string {
  if (days === null) return 'It may be gone.';
  if (days === 0) return 'Sessions that end are deleted at once there; it may be gone.';
  return `Ended sessions are kept ${days} ${days === 1 ? 'day' : 'days'}; it may be gone.`;
}
