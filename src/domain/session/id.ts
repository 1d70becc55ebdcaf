import type { Transaction } from '../../db/port/database.ts';
import { selectSessionsById, selectSessionsByIdRange } from '../../db/session/sessions.ts';
import { selectSessionRetention } from '../../db/settings/settings.ts';
import { TomoError } from '../../model/errors.ts';
import { type Session, stateWords } from '../../model/session.ts';
import { findAllByPrefix, findByPrefix, parsePrefix } from '../list/id-prefix.ts';

const NOUN = { noun: 'session' } as const;

/** All of them, or those of one user. */
const sessionsOf = (owner: string | undefined) => ({
  ...NOUN,
  describe: (s: Session) => `${s.username}  ${s.ip ?? ''}  ${stateWords(s.state)}`,
  byRange: (tx: Transaction, range: { from: string; to: string }, limit: number) =>
    selectSessionsByIdRange(tx, { ...range, userId: owner ?? null }, limit),
  byId: async (tx: Transaction, ids: string[]) =>
    (await selectSessionsById(tx, ids)).filter(({ userId }) => owner === undefined || userId === owner),
});

/** The hex digits of a session's id or of a prefix of one; dashes and case do not matter. Throws INVALID_INPUT. */
export function parseIdPrefix(text: string): string {
  return parsePrefix(text, NOUN);
}

/** The one session that an id or prefix names. Throws NOT_FOUND, or AMBIGUOUS_ID with the candidates. */
export async function requireSession(tx: Transaction, text: string): Promise<Session> {
  const session = await findSession(tx, text);
  if (!session) {
    throw new TomoError('NOT_FOUND', `There is no session ${text}.`, {
      reason: 'no-such-session',
      hint: keptFor(await selectSessionRetention(tx)),
    });
  }
  return session;
}

/** The sessions that these texts name, each once. Throws like requireSession. */
export async function requireSessions(tx: Transaction, texts: string[]): Promise<Session[]> {
  const sessions = new Map<string, Session>();
  for (const text of texts) {
    const session = await requireSession(tx, text);
    sessions.set(session.id, session);
  }
  return [...sessions.values()];
}

/** Like requireSession, but undefined when there is none. `owner`: only among the sessions of the user with this id. */
export function findSession(tx: Transaction, text: string, owner?: string): Promise<Session | undefined> {
  return findByPrefix(tx, sessionsOf(owner), text);
}

/**
 * The sessions that the texts name, one entry for each, undefined where there is none; `owner` as above. Throws on a
 * malformed or ambiguous one.
 */
export function findSessions(tx: Transaction, texts: string[], owner?: string): Promise<(Session | undefined)[]> {
  return findAllByPrefix(tx, sessionsOf(owner), texts);
}

/** Why an id that somebody has seen may be gone. */
export function keptFor(days: number): string {
  return `Ended sessions are kept ${days} ${days === 1 ? 'day' : 'days'}; it may be gone.`;
}
