import { Auth, type AuthConfig } from '@auth/core';
import PostgresAdapter from '@auth/pg-adapter';
import { cookiesOf, cookieValue } from './cookies.ts';
import type { EmptyDatabase } from './empty-database.ts';
import type { AdoptedServer } from './server.ts';

const BASE = 'http://localhost:3000/auth';

/** The tables that @auth/pg-adapter asks its users to make. */
const TABLES = `
  create table users (
    id serial primary key,
    name varchar(255),
    email varchar(255) unique,
    "emailVerified" timestamptz,
    image text
  );
  create table accounts (
    id serial primary key,
    "userId" integer not null references users on delete cascade,
    type varchar(255) not null,
    provider varchar(255) not null,
    "providerAccountId" varchar(255) not null,
    refresh_token text,
    access_token text,
    expires_at bigint,
    id_token text,
    scope text,
    session_state text,
    token_type text,
    unique (provider, "providerAccountId")
  );
  create table sessions (
    id serial primary key,
    "userId" integer not null references users on delete cascade,
    expires timestamptz not null,
    "sessionToken" varchar(255) not null unique
  );
  create table verification_token (
    identifier text,
    expires timestamptz not null,
    token text,
    primary key (identifier, token)
  )`;

/** Auth.js with sessions in the database; people log in by the link of a mail. */
export async function startAuthjs(database: EmptyDatabase): Promise<AdoptedServer> {
  const pool = database.pool();
  await database.sql(TABLES);
  const links = new Map<string, string>();
  const config: AuthConfig = {
    adapter: PostgresAdapter(pool),
    session: { strategy: 'database' },
    secret: 'a secret of this test',
    basePath: '/auth',
    trustHost: true,
    logger: { error: () => {}, warn: () => {}, debug: () => {} },
    providers: [
      {
        id: 'mail',
        type: 'email',
        name: 'Mail',
        maxAge: 600,
        options: {},
        sendVerificationRequest: ({ identifier, url }) => {
          links.set(identifier, url);
        },
      } as AuthConfig['providers'][number],
    ],
  };
  const ask = async (url: string, cookie = '', form?: Record<string, string>): Promise<Response> =>
    (await Auth(
      new Request(url, {
        method: form ? 'POST' : 'GET',
        headers: { cookie, ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}) },
        ...(form ? { body: new URLSearchParams(form).toString() } : {}),
      }),
      config,
    )) as Response;
  return {
    reference: 'authjs',
    url: database.url,
    sql: database.sql,
    table: 'sessions',
    keeps: ['expiresAt'],
    logIn: async (name) => {
      const email = `${name}@example.org`;
      const first = await ask(`${BASE}/csrf`);
      const { csrfToken } = (await first.json()) as { csrfToken: string };
      const asked = cookiesOf(first);
      await ask(`${BASE}/signin/mail`, asked, { csrfToken, email });
      const cookie = cookiesOf(await ask(links.get(email) ?? '', asked), asked);
      const token = cookieValue(cookie, 'authjs.session-token');
      const [row] = await database.sql<{ id: number }>('select id from sessions where "sessionToken" = $1', [token]);
      if (!row) throw new Error(`no session has the token of ${cookie}`);
      return { user: email, key: String(row.id), id: String(row.id), cookie, secrets: [token] };
    },
    accepts: async ({ cookie }) => (await (await ask(`${BASE}/session`, cookie)).json()) !== null,
    expire: async ({ key }) => {
      await database.sql("update sessions set expires = now() - interval '1 hour' where id = $1", [key]);
    },
    stop: () => pool.end(),
  };
}
