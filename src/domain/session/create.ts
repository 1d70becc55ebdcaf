import { type Database, read, write } from '../../db/port/database.ts';
import * as sql from '../../db/server/functions.ts';
import { TomoError } from '../../model/errors.ts';
import type { Actor, OpenedSession, Timestamp } from '../../model/session.ts';
import type { UserRow } from '../../model/user.ts';
import { makeCsrfToken } from '../server/csrf.ts';
import { type SigningKeys, signToken } from '../token/token.ts';
import { requireUsers } from '../user/users.ts';

export type { UserRow };

/** A session that an operator has opened for a user. */
export interface CreatedSession {
  session: OpenedSession;
  /** Whoever has it is the user. */
  token: string;
  tokenExpiresAt: Timestamp;
  /** What requests that change something carry beside it. */
  csrfToken: string;
}

export interface CreateOptions {
  actor: Actor;
  reason: string | null;
  rememberMe: boolean;
  /** Seconds that the token is good for; the session itself follows the timeouts. */
  lifetime: number;
  /** What the device is recognised by. */
  userAgent: string;
}

/** The user with this name. Throws NOT_FOUND. */
export function findUser(db: Database, username: string): Promise<UserRow> {
  return read(db, async (tx) => {
    const [user] = await requireUsers(tx, [username]);
    if (!user) throw new TomoError('NOT_FOUND', `There is no user "${username}".`);
    return user;
  });
}

/**
 * Opens a session for the user by the method "cli" and makes a token of it; audited. Throws
 * USER_INACTIVE or SESSION_LIMIT.
 */
export async function createSession(
  db: Database,
  userId: string,
  keys: SigningKeys,
  options: CreateOptions,
): Promise<CreatedSession> {
  const { lifetime, ...login } = options;
  const session = await write(db, (tx) => sql.createSession(tx, { userId, ...login }));
  const now = new Date();
  return {
    session,
    token: await signToken(keys, { sessionId: session.id, userId, lifetime, now }),
    tokenExpiresAt: new Date((Math.floor(now.getTime() / 1000) + lifetime) * 1000).toISOString(),
    csrfToken: makeCsrfToken(keys, session.id),
  };
}
