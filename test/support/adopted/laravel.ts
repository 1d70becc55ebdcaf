import { randomBytes } from 'node:crypto';
import { hashedId } from './server.ts';
import { byMail, seconds, secret, type Tables } from './tables.ts';

/** Laravel's `database` driver, with its own table of users. */
export const LARAVEL: Tables = {
  reference: 'laravel:lifetime=120m',
  table: 'sessions',
  keeps: ['ip', 'userAgent', 'lastActivityAt', 'expiresAt'],
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
    return { key, id: hashedId(key), secrets: [key, payload] };
  },
  accepts: `select from sessions where id = $1 and last_activity >= extract(epoch from now()) - 120 * 60`,
  expire: 'update sessions set last_activity = last_activity - 121 * 60 where id = $1',
};
