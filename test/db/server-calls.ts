import type { Queryable } from '../../src/db/port/database.ts';
import type { TestDatabase } from '../support/database.ts';

/** Where a function is called: a test database, one more connection, or a transaction. */
type Caller = Pick<TestDatabase, 'sql'> | Queryable;

export interface Login {
  ip?: string | null;
  userAgent?: string | null;
  method?: string | null;
  remember?: boolean | null;
  replaces?: string | null;
  screen?: string | null;
  timeZone?: string | null;
  extra?: string | null;
  place?: unknown;
}

/** What tomo.open_session returns. */
export interface Opened {
  session_id: string;
  username: string;
  role: string;
  created_at: string;
  expires_at: string;
  device_id: string | null;
  device_is_new: boolean | null;
  location: string | null;
  evicted: string[];
  token_lifetime: number;
}

/** What tomo.touch_session returns. */
export interface Touched {
  accepted: boolean;
  reason: string | null;
  user_id: string | null;
  username: string | null;
  role: string | null;
  remember_me: boolean | null;
  created_at: string | null;
  last_activity_at: string | null;
  expires_at: string | null;
  token_lifetime: number | null;
}

export async function open(caller: Caller, user: string, login: Login = {}): Promise<Opened> {
  const parameters: [string, unknown][] = [
    ['p_ip', login.ip],
    ['p_user_agent', login.userAgent],
    ['p_login_method', login.method],
    ['p_remember_me', login.remember],
    ['p_replaces', login.replaces],
    ['p_screen', login.screen],
    ['p_time_zone', login.timeZone],
    ['p_fingerprint', login.extra],
    ['p_place', login.place === undefined ? undefined : JSON.stringify(login.place)],
  ];
  const given = parameters.filter(([, value]) => value !== undefined);
  const named = given.map(([name], i) => `, ${name} => $${i + 2}`).join('');
  return call<Opened>(caller, `tomo.open_session($1${named})`, [user, ...given.map(([, value]) => value)]);
}

export function touch(caller: Caller, session: string, activity = true): Promise<Touched> {
  return call<Touched>(caller, 'tomo.touch_session($1, $2)', [session, activity]);
}

export function close(caller: Caller, session: string, by: string | null = null): Promise<boolean> {
  return call<boolean>(caller, 'tomo.close_session($1, $2)', [session, by]);
}

export function setSettings(caller: Caller, values: Record<string, unknown>, origin = 'database'): Promise<string[]> {
  return call<string[]>(caller, `tomo.set_settings($1, '{"osUser": "olga", "host": "box"}', $2)`, [
    JSON.stringify(values),
    origin,
  ]);
}

async function call<Result>(caller: Caller, expression: string, params: unknown[]): Promise<Result> {
  const sql = `select to_jsonb(f) as result from ${expression} f`;
  const [row] = await ('sql' in caller
    ? caller.sql<{ result: Result }>(sql, params)
    : caller.query<{ result: Result }>(sql, params));
  if (!row) throw new Error(`No row: ${expression}`);
  return row.result;
}
