import type {
  ActivityKind,
  Actor,
  DeadReason,
  LiveSession,
  OpenedSession,
  Place,
  Timestamp,
} from '../../model/session.ts';
import type { Queryable } from '../port/database.ts';
import { execute, type Sql, selectDocument, sql } from '../port/sql.ts';

// The row of a function as one column of text: no type parser of the caller's `pg` can change it, and a function called
// in the select list, not in `from`, costs a third of the time.
function call<Result>(db: Queryable, expression: Sql, more = sql``): Promise<Result> {
  return selectDocument<Result>(db, sql`select to_json(${expression})::text as json${more}`);
}

/** A time in the time zone of the connection, which is the caller's, to UTC; to the microsecond, as it is. */
function utc(time: string): Timestamp {
  if (time.endsWith('+00:00')) return time;
  const [fraction = ''] = /\.\d+/.exec(time) ?? [];
  return `${new Date(time).toISOString().slice(0, 19)}${fraction}+00:00`;
}

export interface Login {
  userId: string;
  ip: string | null;
  userAgent: string | null;
  loginMethod: string;
  rememberMe: boolean;
  replaces: string | null;
  /** Whose that one is, if that is known. */
  replacesUser: string | null;
  screen: string | null;
  timeZone: string | null;
  fingerprint: string | null;
  place: Place | null;
}

interface OpenedRow {
  session_id: string;
  username: string;
  role: LiveSession['role'];
  created_at: string;
  expires_at: string;
  device_id: string | null;
  device_is_new: boolean | null;
  location: OpenedSession['location'];
  evicted: string[];
  token_lifetime: number;
}

/** Throws NOT_FOUND, USER_INACTIVE or SESSION_LIMIT. */
export async function openSession(db: Queryable, login: Login): Promise<OpenedSession> {
  const row = await call<OpenedRow>(
    db,
    sql`tomo.open_session(${login.userId}::uuid, ${login.ip}::inet, ${login.userAgent}::text,
        ${login.loginMethod}::text, ${login.rememberMe}::boolean, ${login.replaces}::uuid, ${login.screen}::text,
            ${login.timeZone}::text, ${login.fingerprint}::text, ${login.place && JSON.stringify(login.place)}::jsonb,
            ${login.replacesUser}::uuid)`,
  );
  return opened(row, login);
}

function opened(row: OpenedRow, login: Pick<Login, 'userId' | 'rememberMe'>): OpenedSession {
  return {
    id: row.session_id,
    userId: login.userId,
    username: row.username,
    role: row.role,
    rememberMe: login.rememberMe,
    createdAt: utc(row.created_at),
    lastActivityAt: utc(row.created_at),
    expiresAt: utc(row.expires_at),
    tokenLifetime: row.token_lifetime,
    deviceId: row.device_id,
    deviceIsNew: row.device_is_new,
    location: row.location,
    evicted: row.evicted,
  };
}

/** The same for a login by an operator, which is audited. */
export async function createSession(
  db: Queryable,
  login: Pick<Login, 'userId' | 'rememberMe' | 'userAgent'> & { actor: Actor; reason: string | null },
): Promise<OpenedSession> {
  const row = await call<OpenedRow>(
    db,
    sql`tomo.create_session(${login.userId}::uuid, ${login.rememberMe}::boolean, ${login.userAgent}::text,
        ${JSON.stringify(login.actor)}::jsonb, ${login.reason}::text)`,
  );
  return opened(row, login);
}

/** What touch_session says: the session, or why it is over. */
export type Touched =
  | { accepted: true; session: LiveSession }
  | { accepted: false; reason: DeadReason; userId: string | null; username: string | null };

type TouchedRow =
  | {
      accepted: true;
      user_id: string;
      username: string;
      role: LiveSession['role'];
      remember_me: boolean;
      created_at: string;
      last_activity_at: string;
      expires_at: string;
      token_lifetime: number;
    }
  | { accepted: false; reason: DeadReason; user_id: string | null; username: string | null };

// A touch that is lost in a crash ends nobody's session, so a transaction that is nothing else need not wait for the disk
// (https://www.postgresql.org/docs/current/wal-async-commit.html).
const WITHOUT_WAITING = sql`, set_config('synchronous_commit', 'off', true) as commits`;

/** `userId`: whose session it is, if that is known; of another user it is unknown. */
export async function touchSession(
  db: Queryable,
  sessionId: string,
  activity: boolean,
  userId: string | null = null,
): Promise<Touched> {
  const touch = sql`tomo.touch_session(${sessionId}::uuid, ${activity}::boolean, ${userId}::uuid)`;
  const alone = 'transaction' in db;
  const row = await call<TouchedRow>(db, touch, activity && alone ? WITHOUT_WAITING : sql``);
  if (!row.accepted) return { accepted: false, reason: row.reason, userId: row.user_id, username: row.username };
  const session: LiveSession = {
    id: sessionId,
    userId: row.user_id,
    username: row.username,
    role: row.role,
    rememberMe: row.remember_me,
    createdAt: utc(row.created_at),
    lastActivityAt: utc(row.last_activity_at),
    expiresAt: utc(row.expires_at),
    tokenLifetime: row.token_lifetime,
  };
  return { accepted: true, session };
}

/** Whether the session was live. */
export function closeSession(
  db: Queryable,
  sessionId: string,
  by: string | null,
  userId: string | null,
): Promise<boolean> {
  return call(db, sql`tomo.close_session(${sessionId}::uuid, ${by}::text, ${userId}::uuid)`);
}

export interface ActivityRecord {
  sessionId: string;
  userId: string | null;
  kind: ActivityKind;
  name: string | null;
  path: string | null;
  status: number | null;
  ip: string | null;
}

export async function recordActivity(
  db: Queryable,
  { sessionId, userId, kind, name, path, status, ip }: ActivityRecord,
): Promise<void> {
  await execute(
    db,
    sql`select tomo.record_activity(${sessionId}::uuid, ${kind}::text, ${name}::text, ${path}::text,
        ${status}::integer, ${ip}::inet, p_user => ${userId}::uuid)`,
  );
}
