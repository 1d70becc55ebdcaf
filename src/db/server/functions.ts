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

// The row of a function as one column of text: no type parser of the caller's `pg` can change it, and a function
// called in the select list, not in `from`, costs a third of the time.
export function call<Result>(db: Queryable, expression: Sql, more = sql``): Promise<Result> {
  return selectDocument<Result>(db)`select pg_catalog.to_json(${expression})::pg_catalog.text as json${more}`;
}

/** The columns of a row under the names of the domain, its times in UTC. */
export function fromRow<Result>(row: object): Result {
  const named = Object.entries(row).map(([column, value]) => [
    column.replaceAll(/_(.)/g, (_, letter) => letter.toUpperCase()),
    column.endsWith('_at') && value ? utc(value) : value,
  ]);
  return Object.fromEntries(named) as Result;
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

/** Throws NOT_FOUND, USER_INACTIVE or SESSION_LIMIT. */
export async function openSession(db: Queryable, login: Login): Promise<OpenedSession> {
  const row = await call<object>(
    db,
    sql`tomo.open_session(${login.userId}, ${login.ip}, ${login.userAgent},
        ${login.loginMethod}, ${login.rememberMe}, ${login.replaces}, ${login.screen},
            ${login.timeZone}, ${login.fingerprint}, ${login.place && JSON.stringify(login.place)},
            ${login.replacesUser})`,
  );
  return opened(row, login);
}

/** The id of the user of that name. */
export function findUser(db: Queryable, username: string): Promise<string | null> {
  return call(db, sql`tomo.find_user(${username}::text)`);
}

function opened(row: object, { userId, rememberMe }: Pick<Login, 'userId' | 'rememberMe'>): OpenedSession {
  type Opened = Omit<OpenedSession, 'id' | 'userId' | 'rememberMe' | 'lastActivityAt'> & { sessionId: string };
  const { sessionId: id, ...session } = fromRow<Opened>(row);
  return { id, userId, rememberMe, lastActivityAt: session.createdAt, ...session };
}

/** The same for a login by an operator, which is audited. */
export async function createSession(
  db: Queryable,
  login: Pick<Login, 'userId' | 'rememberMe' | 'userAgent'> & { actor: Actor; reason: string | null },
): Promise<OpenedSession> {
  const row = await call<object>(
    db,
    sql`tomo.create_session(${login.userId}, ${login.rememberMe}, ${login.userAgent},
        ${JSON.stringify(login.actor)}, ${login.reason})`,
  );
  return opened(row, login);
}

/** What touch_session says: the session, or why it is over. */
export type Touched =
  | { accepted: true; session: LiveSession }
  | { accepted: false; reason: DeadReason; userId: string | null; username: string | null };

// A touch that is lost in a crash ends nobody's session, so a transaction that is nothing else need not wait for the
// disk (https://www.postgresql.org/docs/current/wal-async-commit.html).
const WITHOUT_WAITING = sql`, pg_catalog.set_config('synchronous_commit', 'off', true) as commits`;

/** `userId`: whose session it is, if that is known; of another user it is unknown. */
export async function touchSession(
  db: Queryable,
  sessionId: string,
  activity: boolean,
  userId: string | null = null,
): Promise<Touched> {
  const touch = sql`tomo.touch_session(${sessionId}, ${activity}, ${userId})`;
  const alone = 'transaction' in db;
  const row = await call<object>(db, touch, activity && alone ? WITHOUT_WAITING : sql``);
  type Row = Omit<LiveSession, 'id'> & { accepted: boolean; reason: DeadReason };
  const { accepted, reason, ...session } = fromRow<Row>(row);
  if (accepted) return { accepted, session: { id: sessionId, ...session } };
  return { accepted, reason, userId: session.userId, username: session.username };
}

/** Whether the session was live. */
export function closeSession(
  db: Queryable,
  sessionId: string,
  by: string | null,
  userId: string | null,
): Promise<boolean> {
  return call(db, sql`tomo.close_session(${sessionId}, ${by}, ${userId})`);
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
  await execute(db)`select tomo.record_activity(${sessionId}, ${kind}, ${name}, ${path},
        ${status}, ${ip}, p_user => ${userId})`;
}
