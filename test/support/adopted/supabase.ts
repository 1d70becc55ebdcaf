import { randomUUID } from 'node:crypto';
import { byMail, secret, type Tables } from './tables.ts';

/** Supabase Auth: sessions that a refresh token belongs to. */
export const SUPABASE: Tables = {
  reference: 'supabase',
  table: 'auth.sessions',
  keeps: ['ip', 'userAgent', 'createdAt', 'lastActivityAt', 'expiresAt'],
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
