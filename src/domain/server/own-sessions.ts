import type { Queryable } from '../../db/port/database.ts';
import * as sql from '../../db/server/own-sessions.ts';
import type { OwnAlert, OwnDevice, OwnSession } from '../../model/own-session.ts';
import type { LiveSession } from '../../model/session.ts';
import { isUuid, requireUuid } from '../text/uuid.ts';

// What the pages of a server show people of their own sessions, and let them do. `session` is the one that asks,
// as verifySession gives it. Each is one round trip and throws AUTHENTICATION_FAILED when that is no live
// session of its user any more. Ids come out of a form: one that is no id, or somebody else's, is answered as
// one that does not exist.

export type Asking = Pick<LiveSession, 'id' | 'userId'>;
export type { Disowned } from '../../db/server/own-sessions.ts';

function checked({ id, userId }: Asking): Asking {
  return { id: requireUuid(id, 'id'), userId: requireUuid(userId, 'userId') };
}

/** The live sessions of the user: the current one, then the latest active ones; a thousand at most. */
export async function listOwnSessions(db: Queryable, session: Asking): Promise<OwnSession[]> {
  return sql.ownSessions(db, checked(session));
}

/** Ends one of them. Returns the number of the revocation; null: no live session of the user has this id. */
export async function revokeOwnSession(db: Queryable, session: Asking, id: unknown): Promise<number | null> {
  return isUuid(id) ? sql.revokeOwnSession(db, checked(session), id) : null;
}

/** Ends all but the current one. `revocation` is null when there was no other. */
export async function revokeOwnOthers(
  db: Queryable,
  session: Asking,
): Promise<{ revocation: number | null; ended: number }> {
  return sql.revokeOwnOthers(db, checked(session));
}

/** The devices of the user: that of the current session, then the latest seen; a thousand at most. */
export async function listOwnDevices(db: Queryable, session: Asking): Promise<OwnDevice[]> {
  return sql.ownDevices(db, checked(session));
}

/**
 * The next login from it is from a new device. Returns whether it was there; the one in use is not forgotten: false.
 */
export async function forgetOwnDevice(db: Queryable, session: Asking, id: unknown): Promise<boolean> {
  return isUuid(id) && sql.forgetOwnDevice(db, checked(session), id);
}

/** Its logins are told of again. Returns whether it was trusted. */
export async function distrustOwnDevice(db: Queryable, session: Asking, id: unknown): Promise<boolean> {
  return isUuid(id) && sql.distrustOwnDevice(db, checked(session), id);
}

/** The latest hundred alerts about logins of the user, latest first. */
export async function listOwnAlerts(db: Queryable, session: Asking): Promise<OwnAlert[]> {
  return sql.ownAlerts(db, checked(session));
}

/**
 * "That was not me": ends what the alert tells of and the other sessions from its device, for good, forgets the device
 * and acknowledges the alert. The session that asks is spared, unless the alert is about it. `known` is false where
 * the user has no such alert. The password is still known to whoever it was.
 */
export async function disownLogin(db: Queryable, session: Asking, alert: unknown): Promise<sql.Disowned> {
  const known = Number.isSafeInteger(alert);
  return known ? sql.disownLogin(db, checked(session), Number(alert)) : { known: false, revocation: null, ended: 0 };
}
