import type { ActivityKind, DeadReason, LiveSession, OpenedSession, Place } from '../domain/types.ts';
import type { Queryable } from './database.ts';

// Each result is one column of text: then neither a type parser of the caller's `pg` nor its time zone can change it.
const utc = (time: string) => `(to_json(${time} at time zone 'UTC') #>> '{}') || '+00:00'`;

async function call<Result>(db: Queryable, sql: string, params: unknown[]): Promise<Result> {
  const [row] = await db.query<{ json: string }>(sql, params);
  if (!row) throw new Error(`Nothing was returned by ${sql}`);
  return JSON.parse(row.json) as Result;
}

export interface Login {
  userId: string;
  ip: string | null;
  userAgent: string | null;
  loginMethod: string;
  rememberMe: boolean;
  replaces: string | null;
  screen: string | null;
  timeZone: string | null;
  fingerprint: string | null;
  place: Place | null;
}

/** Throws NOT_FOUND, USER_INACTIVE or SESSION_LIMIT. */
export function openSession(db: Queryable, login: Login): Promise<OpenedSession> {
  return call(
    db,
    `select json_build_object('id', o.session_id, 'userId', $1::uuid, 'username', o.username, 'role', o.role, 'rememberMe', $5::boolean,
        'createdAt', ${utc('o.created_at')}, 'lastActivityAt', ${utc('o.created_at')}, 'expiresAt', ${utc('o.expires_at')},
        'expiresIn', floor(extract(epoch from o.expires_at - o.created_at)), 'tokenLifetime', o.token_lifetime,
        'deviceId', o.device_id, 'deviceIsNew', o.device_is_new, 'location', o.location, 'evicted', o.evicted)::text as json
       from tomo.open_session($1::uuid, $2::inet, $3::text, $4::text, $5::boolean, $6::uuid, $7::text, $8::text, $9::text, $10::jsonb) o`,
    [
      login.userId,
      login.ip,
      login.userAgent,
      login.loginMethod,
      login.rememberMe,
      login.replaces,
      login.screen,
      login.timeZone,
      login.fingerprint,
      login.place && JSON.stringify(login.place),
    ],
  );
}

/** What touch_session says: the session, or why it is over. */
export type Touched =
  | { accepted: true; session: LiveSession }
  | { accepted: false; reason: DeadReason; userId: string | null; username: string | null };

export function touchSession(db: Queryable, sessionId: string, activity: boolean): Promise<Touched> {
  return call(
    db,
    `select case when t.accepted then json_build_object('accepted', true, 'session', json_build_object('id', $1::uuid,
        'userId', t.user_id, 'username', t.username, 'role', t.role, 'rememberMe', t.remember_me, 'createdAt', ${utc('t.created_at')},
        'lastActivityAt', ${utc('t.last_activity_at')}, 'expiresAt', ${utc('t.expires_at')},
        'expiresIn', floor(extract(epoch from t.expires_at - clock_timestamp())), 'tokenLifetime', t.token_lifetime))
      else json_build_object('accepted', false, 'reason', t.reason, 'userId', t.user_id, 'username', t.username) end::text as json
       from tomo.touch_session($1::uuid, $2::boolean) t`,
    [sessionId, activity],
  );
}

/** Whether the session was live. */
export function closeSession(db: Queryable, sessionId: string, by: string | null): Promise<boolean> {
  return call(db, 'select to_json(tomo.close_session($1::uuid, $2::text))::text as json', [sessionId, by]);
}

export interface ActivityRecord {
  sessionId: string;
  kind: ActivityKind;
  name: string | null;
  path: string | null;
  status: number | null;
  ip: string | null;
}

export async function recordActivity(db: Queryable, { sessionId, kind, name, path, status, ip }: ActivityRecord): Promise<void> {
  await db.query('select tomo.record_activity($1::uuid, $2::text, $3::text, $4::text, $5::integer, $6::inet)', [
    sessionId,
    kind,
    name,
    path,
    status,
    ip,
  ]);
}
