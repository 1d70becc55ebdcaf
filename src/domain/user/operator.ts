import { type Database, read, readAtOnce } from '../../db/port/database.ts';
import type { SessionHolder } from '../../db/session/holders.ts';
import { type ErrorReason, TomoError } from '../../model/errors.ts';
import type { SessionFilter } from '../../model/session.ts';
import { findSession } from '../session/id.ts';
import type { Explanation } from '../session/why.ts';
import { type CheckedToken, checkTokens, deathOf, readToken } from '../token/check.ts';
import type { TokenInspection } from '../token/inspection.ts';
import type { SigningKeys } from '../token/token.ts';

/** The Tomo user that an operator acts as: named by a token that the server would accept. */
export interface Operator {
  userId: string;
  username: string;
  role: SessionHolder['role'];
  /** The session of the token. */
  sessionId: string;
}

/** Whom a token names. Throws AUTHENTICATION_FAILED with the reason when the server would not accept it now. */
export async function authenticate(db: Database, token: string, keys: SigningKeys, now: Date): Promise<Operator> {
  const seen = await readToken(token, keys, now);
  // db migrate, too, is for whoever is let in, whatever the schema's version
  const [checked] = await readAtOnce(db, (tx) => checkTokens(tx, [seen]), { anySchema: true });
  const holder = checked?.holder;
  if (!checked || !holder || checked.refusal !== null) {
    throw new TomoError(
      'AUTHENTICATION_FAILED',
      `TOMO_TOKEN is not accepted. ${checked ? refusalSentence(checked) : ''}`,
      { hint: 'Log in again for a new one, or act as the operator of this machine: unset TOMO_TOKEN' },
    );
  }
  return { userId: holder.userId, username: holder.username, role: holder.role, sessionId: holder.id };
}

function refusalSentence({ detail, refusal, holder }: CheckedToken): string {
  if (detail) return detail;
  if (refusal === 'other-user') return 'Its session belongs to another user.';
  return holder ? `Its session ${deathOf(holder)}.` : 'There is no such session (any more).';
}

/** The refusal of what only an admin may do. */
export function denied({ username, role }: Operator, reason?: ErrorReason): TomoError {
  return new TomoError(
    'PERMISSION_DENIED',
    `Refused: this needs role admin; you are ${username} (${role}).`,
    reason ? { reason } : { hint: 'Somebody with that role has to do it.' },
  );
}

/**
 * Whether the operator is confined to what is their own: everybody is but an admin, whatever the role is for
 * elsewhere. Nobody: the rights of the database role are the limit.
 */
export function isConfined(operator: Operator | null): operator is Operator {
  return operator !== null && operator.role !== 'admin';
}

/** The filter, with `mine` for sessions of the operator. Throws PERMISSION_DENIED where it could select another's. */
export function confineFilter(operator: Operator | null, filter: SessionFilter, mine: boolean): SessionFilter {
  // what a session of one's own has in common with another tells of the other
  const related = filter.relatedTo ?? filter.not?.relatedTo;
  if (isConfined(operator) && related !== undefined) throw denied(operator, 'related-to-others');
  if (operator && mine) return { ...filter, users: [operator.username] };
  if (isConfined(operator) && !namesOnly(operator, filter.users ?? [''])) throw denied(operator, 'sessions-of-others');
  return filter;
}

/** Throws PERMISSION_DENIED when the operator may not act on one of these users. */
export function confineUsers(operator: Operator | null, usernames: readonly string[]): void {
  if (isConfined(operator) && !namesOnly(operator, usernames)) throw denied(operator);
}

function namesOnly({ username }: Operator, names: readonly string[]): boolean {
  return names.every((name) => name.toLowerCase() === username.toLowerCase());
}

/** Among whose sessions ids mean something; undefined: everybody's. */
export function ownerOf(operator: Operator | null): string | undefined {
  return isConfined(operator) ? operator.userId : undefined;
}

/**
 * Ids and prefixes that the operator may look at or act on: as they are, or, for one who is confined, resolved among
 * their own sessions. Throws NOT_FOUND for all others, whether somebody else has such a session or nobody.
 */
export async function confineIds(
  db: Database,
  operator: Operator | null,
  ids: readonly string[],
): Promise<readonly string[]> {
  if (!isConfined(operator)) return ids;
  return read(db, async (tx) => {
    const own: string[] = [];
    for (const id of ids) {
      const session = await findSession(tx, id, operator.userId);
      if (!session) throw notYours(`There is no session ${id} of yours.`);
      own.push(session.id);
    }
    return own;
  });
}

/**
 * Revocations as one who is confined may see them: who has revoked and when, but not what that one has noted for other
 * operators.
 */
export function withoutReasons<T extends { reason: string | null }>(operator: Operator | null, revocations: T[]): T[] {
  return isConfined(operator) ? revocations.map((revocation) => ({ ...revocation, reason: null })) : revocations;
}

/** The same of how a session has ended; which revocations to restore is for those who may. */
export function confineExplanation<T extends Explanation>(operator: Operator | null, why: T): T {
  if (!isConfined(operator)) return why;
  const restore = why.restore && { ...why.restore, revocations: [] };
  return { ...why, restore, revocations: withoutReasons(operator, why.revocations) };
}

/**
 * What there is to say about a token, as the operator may see it. Throws NOT_FOUND unless it names a
 * session of theirs.
 */
export function confineToken(operator: Operator | null, token: TokenInspection): TokenInspection {
  if (!isConfined(operator)) return token;
  if (token.why?.session.userId !== operator.userId)
    throw notYours('There is no session of yours that the token names.');
  return { ...token, why: confineExplanation(operator, token.why) };
}

function notYours(message: string): TomoError {
  return new TomoError('NOT_FOUND', message, { reason: 'no-session-of-yours' });
}
