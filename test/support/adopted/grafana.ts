import { createHash } from 'node:crypto';
import { seconds, secret, type Tables } from './tables.ts';

const hashed = (token: string) => createHash('sha256').update(token).digest('hex');

/** Grafana: a token that is kept as a hash, times in seconds, lifetimes that only its configuration knows. */
export const GRAFANA: Tables = {
  reference: 'grafana',
  table: 'user_auth_token',
  keeps: ['ip', 'userAgent', 'createdAt', 'lastActivityAt', 'expiresAt'],
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
  called: (name) => name,
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
