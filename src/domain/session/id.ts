import type { Transaction } from '../../db/port/database.ts';
import { selectSessionsById, selectSessionsByIdRange } from '../../db/session/sessions.ts';
import { selectSessionRetention } from '../../db/settings/settings.ts';
import { TomoError } from '../../model/errors.ts';
import { type Session, stateWords } from '../../model/session.ts';
import { findAllByPrefix, findByPrefix, type Identified, parsePrefix, selectCandidates } from '../list/id-prefix.ts';

const SESSIONS = {
  noun: 'session',
  describe: (s) => `${s.username}  ${s.ip ?? ''}  ${stateWords(s.state)}`,
  byRange: (tx, range, limit) => selectSessionsByIdRange(tx, { ...range, userId: null }, limit),
} satisfies Identified<Session>;

/** The hex digits of a session's id or of a prefix of one; dashes and case do not matter. Throws INVALID_INPUT. */
export function parseIdPrefix(text: string): string {
  return parsePrefix(text, SESSIONS);
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

/** Like requireSession, but undefined when there is none. `userId`: only among the sessions of this user. */
export function findSession(tx: Transaction, text: string, userId: string | null = null): Promise<Session | undefined> {
  return findByPrefix(
    tx,
    { ...SESSIONS, byRange: (tx, range, limit) => selectSessionsByIdRange(tx, { ...range, userId }, limit) },
    text,
  );
}

/** The sessions whose ids begin with this, newest login first. Throws INVALID_INPUT. */
export function findCandidates(tx: Transaction, text: string, limit: number): Promise<Session[]> {
  return selectCandidates(tx, SESSIONS, text, limit);
}

/** The sessions that the texts name, one entry for each, undefined where there is none. Throws on a malformed or ambiguous one. */
export function findSessions(tx: Transaction, texts: string[]): Promise<(Session | undefined)[]> {
  return findAllByPrefix(tx, { ...SESSIONS, byId: selectSessionsById }, texts);
}

/** Why an id that somebody has seen may be gone. */
export function keptFor(days: number): string {
  return `Ended sessions are kept ${days} ${days === 1 ? 'day' : 'days'}; it may be gone.`;
}
