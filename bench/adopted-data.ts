import { createHash, randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import type { ClientBase } from 'pg';

/**
 * A server's tables as its own library makes them, with its indexes and none added; a fifth of the
 * sessions has expired.
 */
export interface AdoptedData {
  reference: string;
  fill: (client: ClientBase, rows: number) => Promise<void>;
  analyzed: readonly string[];
}

const AGENTS = `(array['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1'])`;

/** Times of row g: the last activity in the past 9 days, of which a session of 7 days outlives 80 %. */
const ACTIVE = `now() - random() * interval '8.75 days'`;

export const ADOPTED: Readonly<Record<'better-auth' | 'connect-pg-simple' | 'django', AdoptedData>> = {
  'better-auth': {
    reference: 'better-auth',
    analyzed: ['session', '"user"'],
    async fill(client, rows) {
      await client.query(`
        create table "user" (id text not null primary key, name text not null, email text not null unique,
          "emailVerified" boolean not null, image text,
          "createdAt" timestamptz default current_timestamp not null, "updatedAt" timestamptz default current_timestamp not null);
        create table session (id text not null primary key, "expiresAt" timestamptz not null, token text not null unique,
          "createdAt" timestamptz default current_timestamp not null, "updatedAt" timestamptz not null, "ipAddress" text,
          "userAgent" text, "userId" text not null references "user" (id) on delete cascade)`);
      await client.query(
        `insert into "user" (id, name, email, "emailVerified")
         select md5('u' || g), 'User ' || g, 'user' || g || '@example.org', true from generate_series(1, $1::int / 5) g`,
        [rows],
      );
      await client.query(
        `insert into session select md5('s' || g), active + interval '7 days', md5('t' || g),
           active - random() * interval '20 days', active,
           '10.' || g % 200 || '.' || g / 200 % 250 || '.' || g % 250, (${AGENTS})[1 + g % 3],
           md5('u' || 1 + (random() * random() * ($1::int / 5 - 1))::int)
         from (select g, ${ACTIVE} as active from generate_series(1, $1::int) g) g`,
        [rows],
      );
      await client.query('create index "session_userId_idx" on session ("userId")');
    },
  },
  'connect-pg-simple': {
    reference: 'connect-pg-simple:zone=UTC,user=passport.user',
    analyzed: ['session', 'users'],
    async fill(client, rows) {
      await client.query(`
        create table users (id serial primary key, username text not null unique);
        create table session (sid varchar not null collate "default", sess json not null, expire timestamp(6) not null,
          constraint session_pkey primary key (sid));
        insert into users (username) select 'user' || g from generate_series(1, ${Math.ceil(rows / 10)}) g`);
      await client.query(
        `insert into session select md5('s' || g),
           json_build_object('cookie', json_build_object('originalMaxAge', 604800000, 'expires', active + interval '7 days',
             'httpOnly', true, 'path', '/'),
             'passport', json_build_object('user', 1 + (random() * random() * ($1::int / 10 - 1))::int)),
           (active + interval '7 days') at time zone 'UTC'
         from (select g, ${ACTIVE} as active from generate_series(1, $1::int) g) g`,
        [rows],
      );
      await client.query('create index "IDX_session_expire" on session (expire)');
    },
  },
  django: {
    reference: 'django',
    analyzed: ['django_session', 'auth_user'],
    async fill(client, rows) {
      const users = Math.ceil(rows / 10);
      await client.query(`
        create table auth_user (id serial primary key, password varchar(128) not null, last_login timestamptz,
          is_superuser boolean not null, username varchar(150) not null unique, first_name varchar(150) not null,
          last_name varchar(150) not null, email varchar(254) not null, is_staff boolean not null, is_active boolean not null,
          date_joined timestamptz not null);
        create index on auth_user (username varchar_pattern_ops);
        create table django_session (session_key varchar(40) not null primary key, session_data text not null,
          expire_date timestamptz not null);
        insert into auth_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
          select 'x', false, 'user' || g, '', '', 'user' || g || '@example.org', false, true, now() from generate_series(1, ${users}) g`);
      for (let from = 0; from < rows; from += 10_000) {
        const data = Array.from({ length: Math.min(10_000, rows - from) }, (_, i) => payload(from + i, users));
        await client.query(
          `insert into django_session select md5('s' || $1::int + n), data, ${ACTIVE} + interval '7 days'
             from unnest($2::text[]) with ordinality d (data, n)`,
          [from, data],
        );
      }
      await client.query(`
        create index django_session_session_key_like on django_session (session_key varchar_pattern_ops);
        create index django_session_expire_date on django_session (expire_date)`);
    },
  },
};

/** As django.core.signing writes it; one of ten is a visitor's who has not logged in. */
function payload(n: number, users: number): string {
  const visitor = n % 10 === 9;
  const session = visitor
    ? { basket: ['apples'], language: 'en' }
    : {
        _auth_user_id: String(1 + Math.floor(Math.random() * Math.random() * users)),
        _auth_user_backend: 'django.contrib.auth.backends.ModelBackend',
        _auth_user_hash: createHash('sha256').update(String(n)).digest('hex'),
      };
  const json = Buffer.from(JSON.stringify(session));
  const packed = deflateSync(json);
  // compressed where that is shorter
  const data = packed.length < json.length - 1 ? `.${packed.toString('base64url')}` : json.toString('base64url');
  return `${data}:1sxYzA:${randomBytes(32).toString('base64url')}`;
}
