import type { Transaction } from '../db/database.ts';
import { selectSessionsById, selectSessionsByIdRange } from '../db/sessions.ts';
import { selectSessionRetention } from '../db/settings.ts';
import { TomoError } from './errors.ts';
import { isLikeToken } from './token-text.ts';
import type { Session } from './types.ts';

const CANDIDATES = 10;
/** More than an id with all its dashes and some space around it. */
const LONGEST = 42;

/** The hex digits of an id or of a prefix of one; dashes and case do not matter. Throws INVALID_INPUT. */
export function parseIdPrefix(text: string): string {
  const digits = text.trim().toLowerCase().replaceAll('-', '');
  if (isLikeToken(text) || text.length > LONGEST) {
    // not repeated: it may be a token, or a part of one
    throw new TomoError(
      'INVALID_INPUT',
      `What was given is no session id: ${isLikeToken(text) ? 'it is a token' : `it has ${text.length} characters`}.`,
      {
        hint: 'tomo token inspect - takes tokens on stdin, says whose they are, and with --revoke ends their sessions.',
      },
    );
  }
  if (!/^[0-9a-f]{1,32}$/.test(digits)) {
    throw new TomoError('INVALID_INPUT', `"${text}" is not a session id.`, {
      hint: 'An id is 32 hex digits; its first ones are enough, as tomo session list shows them.',
    });
  }
  if (digits.length < 4) {
    throw new TomoError('INVALID_INPUT', `"${text}" is too short for a session id.`, { hint: 'Give at least 4 digits.' });
  }
  return digits;
}

/** The one session that an id or prefix names. Throws NOT_FOUND, or AMBIGUOUS_ID with the candidates. */
export async function requireSession(tx: Transaction, text: string): Promise<Session> {
  const session = await findSession(tx, text);
  if (!session) {
    throw new TomoError('NOT_FOUND', `There is no session ${text}.`, {
      hint: `${keptFor(await selectSessionRetention(tx))} To look: tomo session list --state all`,
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
export async function findSession(tx: Transaction, text: string, userId: string | null = null): Promise<Session | undefined> {
  const found = await findCandidates(tx, text, CANDIDATES + 1, userId);
  if (found.length > 1) {
    const many = found.length > CANDIDATES;
    throw new TomoError('AMBIGUOUS_ID', `${many ? `More than ${CANDIDATES}` : found.length} sessions start with ${text}.`, {
      hint: `Give more digits. Candidates:\n${found
        .slice(0, CANDIDATES)
        .map((s) => `  ${s.id}  ${s.username}  ${s.ip ?? ''}  ${s.state}`)
        .join('\n')}`,
      details: { candidates: found.slice(0, CANDIDATES).map((s) => s.id) },
    });
  }
  return found[0];
}

/** The sessions whose ids begin with this, newest login first. Throws INVALID_INPUT. */
export function findCandidates(tx: Transaction, text: string, limit: number, userId: string | null = null): Promise<Session[]> {
  const digits = parseIdPrefix(text);
  return selectSessionsByIdRange(tx, { from: toUuid(digits.padEnd(32, '0')), to: toUuid(digits.padEnd(32, 'f')), userId }, limit);
}

/** The sessions that the texts name, one entry for each, undefined where there is none. Throws on a malformed or ambiguous one. */
export async function findSessions(tx: Transaction, texts: string[]): Promise<(Session | undefined)[]> {
  const digits = texts.map(parseIdPrefix);
  const whole = await selectSessionsById(tx, digits.filter((d) => d.length === 32).map(toUuid));
  const byDigits = new Map(whole.map((session) => [session.id.replaceAll('-', ''), session]));
  const found: (Session | undefined)[] = [];
  for (const [i, text] of texts.entries()) {
    found.push(digits[i]?.length === 32 ? byDigits.get(digits[i]) : await findSession(tx, text));
  }
  return found;
}

/** Why an id that somebody has seen may be gone. */
export function keptFor(days: number): string {
  return `Ended sessions are kept ${days} ${days === 1 ? 'day' : 'days'}; it may be gone.`;
}

function toUuid(digits: string): string {
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join('-');
}
