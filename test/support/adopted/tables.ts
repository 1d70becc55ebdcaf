import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { EmptyDatabase } from './empty-database.ts';
import { type AdoptedServer, CLIENT, type Client } from './server.ts';

type Sql = EmptyDatabase['sql'];

/** What a login writes. */
interface Written {
  key: string;
  secrets: string[];
}

/** A server of which the tables stand here, as it publishes them, and what it writes into them and asks of them. */
interface Tables {
  reference: string;
  make: string;
  /** Users made by name, whose id is returned. */
  user: string;
  /** What it calls a user of this name. */
  called: (name: string) => string;
  write: (sql: Sql, userId: unknown, client: Client, name: string | null) => Promise<Written>;
  /** A row where the server would let the holder of this key in. */
  accepts: string;
  expire: string;
  table: string;
  /** Whether there are sessions of nobody. */
  anonymous?: true;
}

export async function startTables(database: EmptyDatabase, tables: Tables): Promise<AdoptedServer> {
  const { sql } = database;
  await sql(tables.make);
  return {
    reference: tables.reference,
    url: database.url,
    sql,
    logIn: async (name, client = {}) => {
      if (name === null && !tables.anonymous) throw new Error(`${tables.reference} has no sessions of nobody.`);
      const [user] = name === null ? [] : await sql<{ id: unknown }>(tables.user, [name]);
      const { key, secrets } = await tables.write(sql, user?.id ?? null, { ...CLIENT, ...client }, name);
      return { user: name === null ? null : tables.called(name), key, cookie: key, secrets };
    },
    accepts: async ({ key }) => (await sql(tables.accepts, [key])).length > 0,
    expire: async ({ key }) => {
      await sql(tables.expire, [key]);
    },
    empty: async () => {
      await sql(`delete from ${tables.table}`);
    },
    stop: async () => {},
  };
}

const named = (name: string) => name;
const byMail = (name: string) => `${name}@example.org`;
const secret = () => randomBytes(30).toString('base64url');
const hashed = (token: string) => createHash('sha256').update(token).digest('hex');
const seconds = () => Math.floor(Date.now() / 1000);

/** Laravel's `database` driver, with its own table of users. */
export const LARAVEL: Tables = {
  reference: 'laravel:lifetime=120m',
  table: 'sessions',
  anonymous: true,
  make: `
    create table users (
      id bigserial primary key,
      name varchar(255) not null,
      email varchar(255) not null unique,
      email_verified_at timestamp(0),
      password varchar(255) not null,
      remember_token varchar(100),
      created_at timestamp(0),
      updated_at timestamp(0)
    );
    create table sessions (
      id varchar(255) primary key,
      user_id bigint,
      ip_address varchar(45),
      user_agent text,
      payload text not null,
      last_activity integer not null
    );
    create index sessions_user_id_index on sessions (user_id);
    create index sessions_last_activity_index on sessions (last_activity)`,
  user: `
    insert into users (name, email, password, remember_token)
    values (initcap($1), $1 || '@example.org', 'a hash of ' || $1, 'remembers ' || $1)
    on conflict (email) do update set remember_token = excluded.remember_token returning id`,
  called: byMail,
  write: async (sql, userId, { ip, agent }) => {
    const key = randomBytes(20).toString('hex');
    const payload = Buffer.from(`a:1:{s:6:"_token";s:40:"${secret()}";}`).toString('base64');
    await sql('insert into sessions values ($1, $2, $3, $4, $5, $6)', [key, userId, ip, agent, payload, seconds()]);
    return { key, secrets: [key, payload] };
  },
  accepts: `select from sessions where id = $1 and last_activity >= extract(epoch from now()) - 120 * 60`,
  expire: 'update sessions set last_activity = last_activity - 121 * 60 where id = $1',
};

/** What Prisma makes of the schema of Auth.js: names in capitals, times in UTC without a zone. */
export const AUTHJS_PRISMA: Tables = {
  reference: 'authjs-prisma',
  table: '"Session"',
  make: `
    create table "User" (
      id text primary key,
      name text,
      email text not null,
      "emailVerified" timestamp(3),
      image text
    );
    create unique index "User_email_key" on "User" (email);
    create table "Session" (
      "sessionToken" text not null,
      "userId" text not null references "User" (id) on delete cascade on update cascade,
      expires timestamp(3) not null
    );
    create unique index "Session_sessionToken_key" on "Session" ("sessionToken")`,
  user: `
    insert into "User" (id, email) values ('c' || $1, $1 || '@example.org')
    on conflict (email) do update set email = excluded.email returning id`,
  called: byMail,
  write: async (sql, userId) => {
    const key = randomUUID();
    await sql(`insert into "Session" values ($1, $2, now() at time zone 'UTC' + interval '30 days')`, [key, userId]);
    return { key, secrets: [key] };
  },
  accepts: `select from "Session" where "sessionToken" = $1 and expires > now() at time zone 'UTC'`,
  expire: `update "Session" set expires = now() at time zone 'UTC' - interval '1 hour' where "sessionToken" = $1`,
};

/** Supabase Auth: sessions that a refresh token belongs to. */
export const SUPABASE: Tables = {
  reference: 'supabase',
  table: 'auth.sessions',
  make: `
    create schema auth;
    create type auth.aal_level as enum ('aal1', 'aal2', 'aal3');
    create table auth.users (
      id uuid primary key,
      aud varchar(255),
      role varchar(255),
      email varchar(255),
      encrypted_password varchar(255),
      phone text unique,
      created_at timestamptz,
      updated_at timestamptz,
      banned_until timestamptz,
      deleted_at timestamptz,
      is_anonymous boolean not null default false
    );
    create unique index users_email_partial_key on auth.users (email);
    create table auth.sessions (
      id uuid primary key,
      user_id uuid not null references auth.users (id) on delete cascade,
      created_at timestamptz,
      updated_at timestamptz,
      factor_id uuid,
      aal auth.aal_level,
      not_after timestamptz,
      refreshed_at timestamp,
      user_agent text,
      ip inet,
      tag text
    );
    create index sessions_not_after_idx on auth.sessions (not_after desc);
    create index sessions_user_id_idx on auth.sessions (user_id);
    create index user_id_created_at_idx on auth.sessions (user_id, created_at);
    create table auth.refresh_tokens (
      instance_id uuid,
      id bigserial primary key,
      token varchar(255) unique,
      user_id varchar(255),
      revoked boolean,
      created_at timestamptz,
      updated_at timestamptz,
      parent varchar(255),
      session_id uuid references auth.sessions (id) on delete cascade
    );
    create index refresh_tokens_session_id_revoked_idx on auth.refresh_tokens (session_id, revoked)`,
  user: `
    insert into auth.users (id, email) values (gen_random_uuid(), $1 || '@example.org')
    on conflict (email) do update set email = excluded.email returning id`,
  called: byMail,
  write: async (sql, userId, { ip, agent }) => {
    const [key, token] = [randomUUID(), secret()];
    await sql(
      `insert into auth.sessions (id, user_id, created_at, updated_at, aal, user_agent, ip)
       values ($1, $2, now(), now(), 'aal1', $3, $4)`,
      [key, userId, agent, ip],
    );
    await sql(
      `insert into auth.refresh_tokens (token, user_id, revoked, created_at, updated_at, session_id)
       values ($1, $2, false, now(), now(), $3)`,
      [token, userId, key],
    );
    return { key, secrets: [token] };
  },
  accepts: `
    select from auth.refresh_tokens join auth.sessions s on s.id = session_id
    where s.id = $1 and not revoked and (not_after is null or not_after > now())`,
  expire: `update auth.sessions set not_after = now() - interval '1 hour' where id = $1`,
};

/** Ory Kratos: the times are UTC without a zone, and what revoking sets is a column. */
export const KRATOS: Tables = {
  reference: 'kratos',
  table: 'sessions',
  make: `
    create table networks (id uuid primary key, created_at timestamp not null, updated_at timestamp not null);
    insert into networks values (gen_random_uuid(), now() at time zone 'UTC', now() at time zone 'UTC');
    create table identities (
      id uuid primary key,
      schema_id varchar(2048) not null,
      traits jsonb not null,
      created_at timestamp not null,
      updated_at timestamp not null,
      nid uuid references networks (id) on delete cascade,
      state varchar(255) not null default 'active',
      state_changed_at timestamp,
      metadata_public jsonb,
      metadata_admin jsonb,
      available_aal varchar(4),
      organization_id uuid
    );
    create table sessions (
      id uuid primary key,
      issued_at timestamp not null default current_timestamp,
      expires_at timestamp not null,
      authenticated_at timestamp not null,
      identity_id uuid not null references identities (id) on delete cascade,
      created_at timestamp not null,
      updated_at timestamp not null,
      token varchar(39),
      active boolean default false,
      nid uuid references networks (id) on delete cascade,
      logout_token varchar(39),
      aal varchar(4) not null default 'aal1',
      authentication_methods jsonb not null
    );
    create unique index sessions_token_uq_idx on sessions (token);
    create unique index sessions_logout_token_uq_idx on sessions (logout_token);
    create index sessions_list_idx on sessions (nid, created_at desc, id);
    create index sessions_list_identity_idx on sessions (identity_id, nid, created_at desc);
    create table session_devices (
      id uuid primary key,
      ip_address varchar(50) default '',
      user_agent varchar(512) default '',
      location varchar(512) default '',
      nid uuid not null references networks (id) on delete cascade,
      session_id uuid not null references sessions (id) on delete cascade,
      created_at timestamp not null,
      updated_at timestamp not null,
      constraint unique_session_device unique (nid, session_id, ip_address, user_agent)
    )`,
  user: `
    with known as (select id from identities where traits ->> 'email' = $1 || '@example.org'), made as (
      insert into identities (id, schema_id, traits, created_at, updated_at, nid)
      select gen_random_uuid(), 'default', jsonb_build_object('email', $1 || '@example.org'), now() at time zone 'UTC',
             now() at time zone 'UTC', networks.id
      from networks where not exists (select from known) returning id
    )
    select id from known union all select id from made`,
  called: byMail,
  write: async (sql, userId, { ip, agent }) => {
    const [key, token, logout] = [randomUUID(), `ory_st_${secret().slice(0, 32)}`, `ory_lo_${secret().slice(0, 32)}`];
    await sql(
      `insert into sessions
       select $1, at, at + interval '1 day', at, $2, at, at, $3, true, networks.id, $4, 'aal1', '[{"method": "password"}]'
       from networks, lateral (select now() at time zone 'UTC' as at) moment`,
      [key, userId, token, logout],
    );
    await sql(
      `insert into session_devices
       select gen_random_uuid(), $2, $3, '', nid, id, created_at, created_at from sessions where id = $1`,
      [key, ip, agent],
    );
    return { key, secrets: [token, logout] };
  },
  accepts: `
    select from sessions s join identities i on i.id = s.identity_id and i.nid = s.nid
    where s.id = $1 and s.active and i.state = 'active' and s.expires_at > now() at time zone 'UTC'`,
  expire: `update sessions set expires_at = now() at time zone 'UTC' - interval '1 hour' where id = $1`,
};

/** Grafana: a token that is kept as a hash, times in seconds, lifetimes that only its configuration knows. */
export const GRAFANA: Tables = {
  reference: 'grafana',
  table: 'user_auth_token',
  make: `
    create table "user" (
      id serial primary key,
      version integer not null,
      login varchar(190) not null unique,
      email varchar(190) not null unique,
      name varchar(255),
      password varchar(255),
      salt varchar(50),
      rands varchar(50),
      org_id bigint not null,
      is_admin boolean not null,
      is_disabled boolean not null default false,
      is_service_account boolean default false,
      created timestamp not null,
      updated timestamp not null
    );
    create table user_auth_token (
      id serial primary key,
      user_id bigint not null,
      auth_token varchar(100) not null unique,
      prev_auth_token varchar(100) not null unique,
      user_agent varchar(255) not null,
      client_ip varchar(255) not null,
      auth_token_seen boolean not null,
      seen_at integer,
      rotated_at integer not null,
      created_at integer not null,
      updated_at integer not null,
      revoked_at integer,
      external_session_id bigint
    );
    create index "IDX_user_auth_token_user_id" on user_auth_token (user_id);
    create index "IDX_user_auth_token_revoked_at" on user_auth_token (revoked_at)`,
  user: `
    insert into "user" (version, login, email, org_id, is_admin, created, updated)
    values (0, $1::text, $1::text || '@example.org', 1, false, now(), now())
    on conflict (login) do update set version = 0 returning id`,
  called: named,
  write: async (sql, userId, { ip, agent }) => {
    const token = secret();
    const [row] = await sql<{ id: number }>(
      `insert into user_auth_token (user_id, auth_token, prev_auth_token, user_agent, client_ip, auth_token_seen, seen_at,
                                    rotated_at, created_at, updated_at)
       values ($1, $2, $3, $4, $5, true, $6, $6, $6, $6) returning id`,
      [userId, hashed(token), hashed(`${token} before`), agent, ip, seconds()],
    );
    return { key: String(row?.id), secrets: [token, hashed(token), hashed(`${token} before`)] };
  },
  accepts: `
    select from user_auth_token
    where id = $1 and coalesce(revoked_at, 0) = 0 and created_at > extract(epoch from now()) - 30 * 86400
      and rotated_at > extract(epoch from now()) - 7 * 86400`,
  expire: `
    update user_auth_token set created_at = created_at - 31 * 86400, rotated_at = rotated_at - 8 * 86400,
                               seen_at = seen_at - 8 * 86400 where id = $1`,
};

/** Spring Session JDBC: milliseconds, the name of the user in the row, what a session holds in a second table. */
export const SPRING: Tables = {
  reference: 'spring',
  table: 'spring_session',
  anonymous: true,
  make: `
    create table spring_session (
      primary_id char(36) not null,
      session_id char(36) not null,
      creation_time bigint not null,
      last_access_time bigint not null,
      max_inactive_interval int not null,
      expiry_time bigint not null,
      principal_name varchar(100),
      constraint spring_session_pk primary key (primary_id)
    );
    create unique index spring_session_ix1 on spring_session (session_id);
    create index spring_session_ix2 on spring_session (expiry_time);
    create index spring_session_ix3 on spring_session (principal_name);
    create table spring_session_attributes (
      session_primary_id char(36) not null,
      attribute_name varchar(200) not null,
      attribute_bytes bytea not null,
      constraint spring_session_attributes_pk primary key (session_primary_id, attribute_name),
      constraint spring_session_attributes_fk foreign key (session_primary_id)
        references spring_session (primary_id) on delete cascade
    )`,
  user: 'select $1::text as id',
  called: named,
  write: async (sql, userId) => {
    const [key, cookie, now] = [randomUUID(), randomUUID(), Date.now()];
    await sql('insert into spring_session values ($1, $2, $3, $3, 1800, $4, $5)', [
      ...[key, cookie, now, now + 1_800_000, userId],
    ]);
    await sql("insert into spring_session_attributes values ($1, 'SPRING_SECURITY_CONTEXT', '\\xaced0005')", [key]);
    return { key, secrets: [cookie, Buffer.from(cookie).toString('base64')] };
  },
  accepts: 'select from spring_session where primary_id = $1 and expiry_time > extract(epoch from now()) * 1000',
  expire: `
    update spring_session set last_access_time = last_access_time - 3600000, expiry_time = expiry_time - 3600000
    where primary_id = $1`,
};

/** django-user-sessions: Django's table and who, from where and with what. */
export const DJANGO_USER_SESSIONS: Tables = {
  reference: 'django-user-sessions',
  table: 'user_sessions_session',
  anonymous: true,
  make: `
    create table auth_user (
      id serial primary key,
      password varchar(128) not null,
      last_login timestamptz,
      is_superuser boolean not null,
      username varchar(150) not null unique,
      first_name varchar(150) not null,
      last_name varchar(150) not null,
      email varchar(254) not null,
      is_staff boolean not null,
      is_active boolean not null,
      date_joined timestamptz not null
    );
    create table user_sessions_session (
      session_key varchar(40) primary key,
      session_data text not null,
      expire_date timestamptz not null,
      user_agent varchar(200),
      last_activity timestamptz not null,
      ip inet,
      user_id integer references auth_user (id) deferrable initially deferred
    );
    create index user_sessions_session_expire_date on user_sessions_session (expire_date);
    create index user_sessions_session_user_id on user_sessions_session (user_id)`,
  user: `
    insert into auth_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
    values ('a hash', false, $1::text, '', '', $1::text || '@example.org', false, true, now())
    on conflict (username) do update set password = excluded.password returning id`,
  called: named,
  write: async (sql, userId, { ip, agent }) => {
    const [key, data] = [randomBytes(16).toString('hex'), `${secret()}:1abcde:${secret()}`];
    await sql("insert into user_sessions_session values ($1, $2, now() + interval '14 days', $3, now(), $4, $5)", [
      ...[key, data, agent, ip, userId],
    ]);
    return { key, secrets: [key, data] };
  },
  accepts: 'select from user_sessions_session where session_key = $1 and expire_date > now()',
  expire: `update user_sessions_session set expire_date = now() - interval '1 hour' where session_key = $1`,
};
