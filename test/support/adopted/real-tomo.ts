import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { type AdoptedServer, CLIENT, type Login } from './server.ts';

const SERVER = join(import.meta.dirname, 'real-tomo-server.py');

/** The interpreter that the real Tomo wants. */
export const REAL_TOMO_PYTHON = ['python3', '/usr/bin/python3'].find(
  (program) => spawnSync(program, ['-c', 'import sqlite3, sys; sys.exit(sys.version_info < (3, 11))']).status === 0,
);

/** The tables of its sessions, as it makes them; what it keeps of other things is left out. */
const TABLES = `
  create table users (
    id text primary key,
    username text not null unique,
    email text not null default '',
    password_hash text not null,
    role text not null default 'user' check (role in ('admin', 'user', 'readonly')),
    created_at text not null default (datetime('now')),
    last_login text,
    password_changed_at text,
    is_active integer not null default 1 check (is_active in (0, 1)),
    preferences_json text,
    avatar text
  );
  create table sessions (
    id text primary key,
    user_id text not null,
    ip_address text,
    user_agent text,
    created_at text not null default (datetime('now')),
    expires_at text not null,
    last_activity text not null default (datetime('now')),
    status text not null default 'active' check (status in ('active', 'idle', 'expired', 'terminated')),
    terminated_at text,
    terminated_by text,
    foreign key (user_id) references users (id) on delete cascade
  );
  create index idx_sessions_user_id on sessions (user_id);
  create index idx_sessions_status on sessions (status);
  create index idx_sessions_expires_at on sessions (expires_at);
  create index idx_sessions_last_activity on sessions (last_activity);
  create table system_settings (
    id integer primary key,
    setting_key text not null unique,
    setting_value text not null,
    default_value text not null,
    category text not null check (category in ('ui', 'security', 'system', 'retention')),
    scope text not null default 'system',
    data_type text not null,
    is_admin_only integer not null default 1,
    version integer not null default 1,
    updated_by text
  );
  insert into system_settings (setting_key, setting_value, default_value, category, data_type) values
    ('security.session_idle_timeout', '900', '900', 'security', 'number'),
    ('security.session_timeout_default', '3600', '3600', 'security', 'number'),
    ('system.max_concurrent_sessions_per_user', '3', '3', 'system', 'number');
  create table retention_settings (
    id text primary key check (id = 'system'),
    audit_log_retention integer not null default 365 check (audit_log_retention between 90 and 3650),
    session_retention integer not null default 7 check (session_retention between 1 and 90),
    last_updated text,
    updated_by_user_id text
  );
  insert into retention_settings (id) values ('system')`;

type Bindable = string | number | null;

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];

export interface RealTomo extends AdoptedServer {
  file: string;
  /** Rejects where the server fails. */
  accepts: (session: Pick<Login, 'key'>) => Promise<boolean>;
  expire: (session: Pick<Login, 'key'>) => Promise<void>;
  /** What its page of sessions shows, which marks what is idle or expired. */
  list: () => Promise<{ id: string; status: string; username: string | null }[]>;
  /** Ends a session, as a logout (by a name), an administrator (by an id) or the server itself (by "system") does. */
  terminate: (session: Pick<Login, 'key'>, by: string) => Promise<void>;
}

/** Makes the database of a real Tomo in a new file. The server answers where there is REAL_TOMO_PYTHON. */
export function makeRealTomo(file: string): RealTomo {
  const query = <Row>(statement: string, params: Bindable[] = []): Row[] => {
    const db = new DatabaseSync(file, { timeout: 5000, enableForeignKeyConstraints: false });
    try {
      return db.prepare(statement).all(Object.fromEntries(params.map((value, i) => [`$${i + 1}`, value]))) as Row[];
    } finally {
      db.close();
    }
  };
  const db = new DatabaseSync(file);
  db.exec(`pragma journal_mode = wal; ${TABLES}`);
  db.close();
  const ask = async <Answer>(...words: string[]): Promise<Answer> => {
    const { stdout } = await promisify(execFile)(REAL_TOMO_PYTHON ?? 'python3', [SERVER, file, ...words]);
    return JSON.parse(stdout);
  };
  return {
    reference: 'tomo-sqlite',
    url: `sqlite:${file}`,
    file,
    table: 'sessions',
    keeps: ['ip', 'userAgent', 'createdAt', 'lastActivityAt', 'expiresAt'],
    sql: async (statement, params) => query(statement, params as Bindable[]),
    logIn: async (name, client = {}) => {
      const { ip, agent } = { ...CLIENT, ...client };
      query(
        `insert into users (id, username, password_hash, created_at) values ($1, $2, '', $3) on conflict (username) do nothing`,
        [`user-${name}`, name, python(new Date())],
      );
      const key = await ask<string>('login', `user-${name}`, ip, agent);
      return { user: name, key, id: key, cookie: key, secrets: [] };
    },
    accepts: ({ key }) => ask('validate', key),
    list: () => ask('list'),
    terminate: ({ key }, by) => ask('terminate', key, by),
    expire: async ({ key }) => {
      query('update sessions set expires_at = $1 where id = $2', [python(new Date(Date.now() - HOUR)), key]);
    },
    stop: async () => {},
  };
}

/** A time as the server writes it. */
export function python(time: Date): string {
  return time.toISOString().replace('Z', '445+00:00');
}

/** The same for a time without a fraction, of which Python writes none. */
function wholeSecond(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, '+00:00');
}

interface Kind {
  user: string;
  status?: 'active' | 'idle' | 'expired' | 'terminated';
  /** Milliseconds: since the login, since the last activity, and until it runs out. */
  age?: number;
  idle?: number;
  left?: number;
  ip?: string | null;
  agent?: string | null;
  endedBy?: string;
  ended?: number;
  write?: (time: Date) => string;
  accepted: boolean;
}

/** Sessions of every kind, by name, and whether the server lets them in. */
export const KINDS = {
  live: { user: 'user-alice', accepted: true },
  idle: { user: 'user-alice', status: 'idle', idle: 2 * HOUR, accepted: true },
  /** Nobody has listed sessions since. */
  idleUnmarked: { user: 'user-bob', idle: 3 * HOUR, accepted: true },
  /** Somebody else, whose name differs by case. */
  twin: { user: 'user-alice-2', accepted: true },
  overdue: { user: 'user-alice', age: 30 * HOUR, idle: 29 * HOUR, left: -6 * HOUR, accepted: false },
  overdueIdle: { user: 'user-bob', status: 'idle', age: 30 * HOUR, idle: 29 * HOUR, left: -6 * HOUR, accepted: false },
  expired: dead('expired', 'system', 2 * DAY),
  expiredLongAgo: dead('expired', 'system', 40 * DAY),
  terminatedById: dead('terminated', 'user-alice', HOUR),
  terminatedByName: dead('terminated', 'bob', HOUR),
  terminatedBySystem: dead('terminated', 'system', HOUR),
  terminatedLongAgo: dead('terminated', 'bob', 20 * DAY),
  ofInactiveUser: { user: 'user-carol', accepted: false },
  /** Foreign keys are off in the server: the sessions of a deleted user stay. */
  ofDeletedUser: { user: 'user-gone', accepted: false },
  ipv6: { user: 'user-bob', ip: '2001:db8::7', accepted: true },
  noAddress: { user: 'user-bob', ip: null, agent: null, accepted: true },
  wholeSeconds: { user: 'user-bob', write: wholeSecond, accepted: true },
  zulu: { user: 'user-bob', write: (time) => time.toISOString(), accepted: true },
} satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;

function dead(status: 'expired' | 'terminated', endedBy: string, ended: number) {
  return {
    user: 'user-bob',
    status,
    age: ended + 2 * HOUR,
    idle: ended + HOUR,
    left: HOUR - ended,
    endedBy,
    ended,
    accepted: false,
  };
}

/** Fills it with users and a session of each kind; returns the ids. */
export function fillRealTomo({ file }: Pick<RealTomo, 'file'>): Record<KindName, string> {
  const db = new DatabaseSync(file, { timeout: 5000, enableForeignKeyConstraints: false });
  const now = Date.now();
  const addUser = db.prepare(
    'insert into users (id, username, email, password_hash, role, is_active, created_at) values (?, ?, ?, ?, ?, ?, ?)',
  );
  const users: [id: string, name: string, role: string, active: number][] = [
    ['user-alice', 'alice', 'admin', 1],
    ['user-alice-2', 'Alice', 'user', 1],
    ['user-bob', 'bob', 'user', 1],
    ['user-carol', 'carol', 'readonly', 0],
  ];
  for (const [id, name, role, active] of users)
    addUser.run(id, name, `${id}@example.org`, '$2b$12$not-a-hash', role, active, python(new Date(now - 90 * DAY)));
  const addSession = db.prepare(
    `insert into sessions (id, user_id, ip_address, user_agent, created_at, expires_at, last_activity, status, terminated_at, terminated_by)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const ids = Object.entries<Kind>(KINDS).map(([name, kind], index) => {
    const { status = 'active', idle = MINUTE, age = idle + HOUR, left = DAY - age, write = python } = kind;
    const id = `sess_${(0xc0ffee + index * 0x1111111).toString(16).padStart(16, '0')}`;
    const at = (shift: number) => write(new Date(now + shift));
    addSession.run(
      ...[
        id,
        kind.user,
        kind.ip === undefined ? CLIENT.ip : kind.ip,
        kind.agent === undefined ? CLIENT.agent : kind.agent,
      ],
      ...[at(-age), at(left), at(-idle), status],
      ...[kind.ended === undefined ? null : at(-kind.ended), kind.endedBy ?? null],
    );
    return [name, id];
  });
  db.close();
  return Object.fromEntries(ids);
}
