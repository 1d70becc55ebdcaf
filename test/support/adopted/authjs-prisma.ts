import { randomUUID } from 'node:crypto';
import { hashedId } from './server.ts';
import { byMail, type Tables } from './tables.ts';

/** What Prisma makes of the schema of Auth.js: names in capitals, times in UTC without a zone. */
export const AUTHJS_PRISMA: Tables = {
  reference: 'authjs-prisma',
  table: '"Session"',
  keeps: ['expiresAt'],
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
    return { key, id: hashedId(key), secrets: [key] };
  },
  accepts: `select from "Session" where "sessionToken" = $1 and expires > now() at time zone 'UTC'`,
  expire: `update "Session" set expires = now() at time zone 'UTC' - interval '1 hour' where "sessionToken" = $1`,
};
