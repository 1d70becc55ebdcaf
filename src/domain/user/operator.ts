import { type Database, read, type Transaction } from '../../db/port/database.ts';
import type { SessionHolder } from '../../db/session/holders.ts';
import { type ErrorReason, TomoError } from '../../model/errors.ts';
import type { SessionFilter } from '../../model/session.ts';
import { findCandidates, findSession } from '../session/id.ts';
import { type CheckedToken, checkTokens, deathOf, readToken } from '../token/check.ts';
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
  const [checked] = await read(db, (tx) => checkTokens(tx, [seen]), { anySchema: true });
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

/** The refusal of what the operator's role does not allow. `needed`: the roles that would do. */
export function denied(
  { username, role }: Operator,
  needed: string,
  facts: { hint?: string; reason?: ErrorReason } = {},
): TomoError {
  return new TomoError('PERMISSION_DENIED', `Refused: this needs role ${needed}; you are ${username} (${role}).`, {
    ...(facts.reason ? {} : { hint: 'Somebody with that role has to do it.' }),
    ...facts,
  });
}

/** Whether the operator is confined to sessions of their own. Nobody: the rights of the database role are the limit. */
export function isConfined(operator: Operator | null): operator is Operator {
  return operator?.role === 'user';
}

/** The filter, with `mine` for sessions of the operator. Throws PERMISSION_DENIED where it could select another's. */
export function confineFilter(operator: Operator | null, filter: SessionFilter, mine: boolean): SessionFilter {
  // what a session of one's own has in common with another tells of the other
  if (isConfined(operator) && filter.relatedTo !== undefined)
    throw denied(operator, 'admin', { reason: 'related-to-others' });
  if (operator && mine) return { ...filter, users: [operator.username] };
  if (isConfined(operator) && !namesOnly(operator, filter.users ?? ['']))
    throw denied(operator, 'admin', { reason: 'sessions-of-others' });
  return filter;
}

/** Throws PERMISSION_DENIED when the operator may not act on one of these users. */
export function confineUsers(operator: Operator | null, usernames: readonly string[]): void {
  if (isConfined(operator) && !namesOnly(operator, usernames)) throw denied(operator, 'admin');
}

function namesOnly({ username }: Operator, names: readonly string[]): boolean {
  return names.every((name) => name.toLowerCase() === username.toLowerCase());
}

/**
 * Ids and prefixes that the operator may look at or act on: as they are, or, for one who is confined, resolved among
 * their own sessions. Throws PERMISSION_DENIED for a session of somebody else; what does not exist is left as it is.
 */
export function confineIds(db: Database, operator: Operator | null, ids: readonly string[]): Promise<string[]> {
  if (!isConfined(operator)) return Promise.resolve([...ids]);
  return read(db, async (tx) => {
    const own: string[] = [];
    for (const id of ids) own.push(await confineId(tx, operator, id));
    return own;
  });
}

async function confineId(tx: Transaction, operator: Operator, id: string): Promise<string> {
  const own = await findSession(tx, id, operator.userId);
  if (own) return own.id;
  const [other] = await findCandidates(tx, id, 1);
  if (other) throw denied(operator, 'admin', { reason: 'session-of-another' });
  return id;
}
