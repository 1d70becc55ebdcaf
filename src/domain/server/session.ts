import { isIP } from 'node:net';
import type { Queryable } from '../../db/port/database.ts';
import * as sql from '../../db/server/functions.ts';
import { TomoError } from '../../model/errors.ts';
import type { ActivityKind, DeadReason, LiveSession, OpenedSession, Place } from '../../model/session.ts';
import { isUuid, requireUuid } from '../text/uuid.ts';
import { type SigningKeys, signToken, type TokenProblem, type VerifyOptions, verifyToken } from '../token/token.ts';
import { readSessionCookie, sessionCookie } from './cookie.ts';
import { makeCsrfToken } from './csrf.ts';
import type { Places } from './places.ts';

/** A login that your server has already let pass: who, and what it knows of the browser. */
export interface LoginInput {
  userId: string;
  /** As the socket or a proxy that you trust names it; IPv4 inside IPv6 and zone indexes are understood. */
  ip?: string | undefined;
  userAgent?: string | undefined;
  /** Cut at 50 characters; default "password". */
  loginMethod?: string | undefined;
  /** The session lasts for remember_me_timeout instead of session_timeout. */
  rememberMe?: boolean | undefined;
  /** The session that the browser has held until now; it is ended. */
  replaces?: string | undefined;
  /** Whose that one is, if you know it: the database finds it sooner where sessions are spread over servers. */
  replacesUser?: string | undefined;
  /** What tells devices apart, as far as the browser says: "1920x1080", "Europe/Berlin", anything else. */
  screen?: string | undefined;
  timeZone?: string | undefined;
  fingerprint?: string | undefined;
  /** Where the address is, if you have looked it up; else the option `places` or `tomo geo enrich` does. */
  place?: Place | undefined;
}

/**
 * Opens a session, in one round trip. A new id at every login, and the replaced session ended, prevent fixation (OWASP
 * Session Management Cheat Sheet, "Renew the Session ID After Any Privilege Level Change"). Throws NOT_FOUND (no such
 * user), USER_INACTIVE, SESSION_LIMIT (the setting session_limit_action is deny), INVALID_INPUT.
 */
export async function openSession(
  db: Queryable,
  input: LoginInput,
  { places }: { places?: Places | undefined } = {},
): Promise<OpenedSession> {
  const ip = address(input.ip);
  const place = input.place ?? (ip === null ? undefined : await places?.find(ip));
  return sql.openSession(db, {
    userId: requireUuid(input.userId, 'userId'),
    ip,
    userAgent: storable(input.userAgent),
    loginMethod: storable(input.loginMethod) ?? 'password',
    rememberMe: input.rememberMe ?? false,
    replaces: input.replaces === undefined ? null : requireUuid(input.replaces, 'replaces'),
    replacesUser: input.replacesUser === undefined ? null : requireUuid(input.replacesUser, 'replacesUser'),
    screen: storable(input.screen),
    timeZone: storable(input.timeZone),
    fingerprint: storable(input.fingerprint),
    place: place ? storablePlace(place) : null,
  });
}

/**
 * The id of a user of tomo.users by name, in one round trip; null: there is none. For servers whose accounts are
 * there; whether the user is active says openSession.
 */
export async function findUser(db: Queryable, username: string): Promise<string | null> {
  // a name that PostgreSQL cannot hold is nobody's, and not the one that is left of it
  return storable(username) === username ? sql.findUser(db, username) : null;
}

/** A login ready to be answered. */
export interface LoginResult {
  session: OpenedSession;
  /** Keep it out of logs: whoever has it is the user. */
  token: string;
  /** For the header Set-Cookie. */
  cookie: string;
  /** For the forms and scripts of this session. */
  csrfToken: string;
}

/**
 * openSession, a token, its cookie and a CSRF token in one. `cookieHeader` is the request's: a session that the
 * browser holds is replaced. Throws like openSession.
 */
export async function loginSession(
  db: Queryable,
  keys: SigningKeys,
  input: Omit<LoginInput, 'replaces' | 'replacesUser'>,
  options: { secure: boolean; cookieHeader?: string | undefined; places?: Places | undefined },
): Promise<LoginResult> {
  const { secure, cookieHeader } = options;
  const held = await heldSession(keys, readSessionCookie(cookieHeader, { secure }));
  const session = await openSession(db, { ...input, ...held }, options);
  const token = await signToken(keys, {
    sessionId: session.id,
    userId: session.userId,
    lifetime: session.tokenLifetime,
  });
  return {
    session,
    token,
    cookie: sessionCookie(token, session, { secure }),
    csrfToken: makeCsrfToken(keys, session.id),
  };
}

/** The session of a token that we have signed, even if it has expired since. */
async function heldSession(
  keys: SigningKeys,
  token: string | undefined,
): Promise<Pick<LoginInput, 'replaces' | 'replacesUser'>> {
  const { key, unverified } = token === undefined ? { key: null, unverified: null } : await verifyToken(keys, token);
  const { sid, sub } = unverified?.claims ?? {};
  return key && isUuid(sid) && isUuid(sub) ? { replaces: sid, replacesUser: sub } : {};
}

/** Whether a session may go on. What is over is no error: `reason` says why. */
export type TouchResult = sql.Touched;

/**
 * A request has come in: asks whether the session may go on, and moves its last activity, in one round trip. The row
 * is written at most once per touch_interval. `activity: false` only asks, as for a poll that nobody's hand has
 * caused. `userId`: whose it is, if you know that. Outside of a transaction of yours it does not wait for the disk: a
 * touch that a crash loses ends nobody's session.
 */
export async function touchSession(
  db: Queryable,
  sessionId: string,
  { activity = true, userId }: { activity?: boolean; userId?: string } = {},
): Promise<TouchResult> {
  if (!isUuid(sessionId)) return { accepted: false, reason: 'unknown', userId: null, username: null };
  return sql.touchSession(db, sessionId.toLowerCase(), activity, userId?.toLowerCase() ?? null);
}

export type SessionVerdict =
  /** renewed: a token to be set as the cookie now; null: the one that came is good for longer. */
  | { ok: true; session: LiveSession; renewed: string | null }
  | {
      ok: false;
      /** `expired`: the token or the session. `unknown` also: the session is another user's. */
      reason: 'missing' | TokenProblem | DeadReason;
      /** A plain sentence for the log. */
      detail: string;
      userId: string | null;
    };

/** A token is renewed before it would end a session more than these seconds too early. */
const TOLERATED_LOSS = 60;

/**
 * The check of every request: the token's signature and claims, then touchSession, in one round trip and none for a
 * bad token. The row decides who is in; the token only names it. It is renewed past half of its life (so that it
 * outlives long timeouts), when the session would outlive it, and when a previous key has signed it. Throws only when
 * the database fails.
 */
export async function verifySession(
  db: Queryable,
  keys: SigningKeys,
  token: string | undefined,
  { activity = true, ...options }: VerifyOptions & { activity?: boolean } = {},
): Promise<SessionVerdict> {
  if (!token) return { ok: false, reason: 'missing', detail: 'There is no token.', userId: null };
  const verdict = await verifyToken(keys, token, options);
  if (!verdict.ok) return { ok: false, reason: verdict.reason, detail: verdict.detail, userId: null };
  const { sessionId, userId, expiresAt } = verdict.claims;
  const touched = await sql.touchSession(db, sessionId, activity, userId);
  if (!touched.accepted)
    return { ok: false, reason: touched.reason, detail: DETAIL[touched.reason], userId: touched.userId };
  const { session } = touched;
  const loss = Date.parse(session.expiresAt) / 1000 - expiresAt;
  const due = verdict.pastHalf || verdict.key === 'previous' || loss > TOLERATED_LOSS;
  const renewal = { sessionId, userId, lifetime: session.tokenLifetime, ...(options.now ? { now: options.now } : {}) };
  return { ok: true, session, renewed: due ? await signToken(keys, renewal) : null };
}

const DETAIL: Record<DeadReason, string> = {
  unknown: 'There is no such session; it may have been deleted.',
  expired: 'The session has expired.',
  revoked: 'The session was revoked.',
  evicted: 'The session was ended for a newer login of its user.',
  logout: 'The session was ended by a logout or a new login.',
  inactive: 'The user is inactive.',
};

/**
 * A logout, in one round trip. Returns whether the session was live. `by`: who, when it was not the user.
 * `userId`: whose it is, if you know that. Clear the cookie, too: clearSessionCookie.
 */
export async function closeSession(db: Queryable, sessionId: string, by?: string, userId?: string): Promise<boolean> {
  return isUuid(sessionId) && sql.closeSession(db, sessionId, storable(by), isUuid(userId) ? userId : null);
}

export interface ActivityInput {
  sessionId: string;
  /** Whose it is, if you know that. */
  userId?: string | undefined;
  kind: ActivityKind;
  name?: string | undefined;
  /** The query string is cut off, since it may hold secrets. */
  path?: string | undefined;
  /** HTTP status; one that HTTP does not have is left out. */
  status?: number | undefined;
  ip?: string | undefined;
}

/**
 * One line of the session's history (`tomo session show`), in one round trip. It does not reset the timeout: that is
 * touchSession. Throws INVALID_INPUT.
 */
export async function recordActivity(db: Queryable, input: ActivityInput): Promise<void> {
  return sql.recordActivity(db, {
    sessionId: requireUuid(input.sessionId, 'sessionId'),
    userId: input.userId === undefined ? null : requireUuid(input.userId, 'userId'),
    kind: input.kind,
    name: storable(input.name),
    path: storable(input.path),
    status: Number.isInteger(input.status) ? (input.status ?? null) : null,
    ip: address(input.ip),
  });
}

/** Without a zone index (fe80::1%eth0), which PostgreSQL's inet does not know. */
function address(ip: string | undefined): string | null {
  if (!ip) return null;
  const plain = ip.replace(/%.*$/, '');
  if (isIP(plain) === 0) {
    throw new TomoError('INVALID_INPUT', `"${ip}" is not an address.`, {
      field: 'ip',
      hint: 'One address, without a port; of X-Forwarded-For the one your own proxy has added.',
    });
  }
  return plain;
}

/** Without what PostgreSQL cannot hold, NUL and half characters: no client must be able to make its login fail. */
function storable(text: string | undefined): string | null {
  return text?.replaceAll('\0', '').toWellFormed() ?? null;
}

function storablePlace(place: Place): Place {
  return Object.fromEntries(
    Object.entries(place).map(([key, value]) => [key, typeof value === 'string' ? storable(value) : value]),
  );
}
