import { randomBytes } from 'node:crypto';
import { hashedId } from './server.ts';
import { secret, type Tables } from './tables.ts';

/** django-user-sessions: Django's table and who, from where and with what. */
export const DJANGO_USER_SESSIONS: Tables = {
  reference: 'django-user-sessions',
  table: 'user_sessions_session',
  keeps: ['ip', 'userAgent', 'lastActivityAt', 'expiresAt'],
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
  called: (name) => name,
  write: async (sql, userId, { ip, agent }) => {
    const [key, data] = [randomBytes(16).toString('hex'), `${secret()}:1abcde:${secret()}`];
    await sql("insert into user_sessions_session values ($1, $2, now() + interval '14 days', $3, now(), $4, $5)", [
      ...[key, data, agent, ip, userId],
    ]);
    return { key, id: hashedId(key), secrets: [key, data] };
  },
  accepts: 'select from user_sessions_session where session_key = $1 and expire_date > now()',
  expire: `update user_sessions_session set expire_date = now() - interval '1 hour' where session_key = $1`,
};
