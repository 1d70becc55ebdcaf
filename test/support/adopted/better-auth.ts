import { DatabaseSync } from 'node:sqlite';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { cookiesOf, cookieValue } from './cookies.ts';
import type { EmptyDatabase } from './empty-database.ts';
import { type AdoptedServer, CLIENT } from './server.ts';

const BASE = 'http://localhost:3000/api/auth';

export interface BetterAuthOptions {
  /** Seconds for which a cookie alone lets its holder in; none: the table is asked every time. */
  cookieCache?: number;
}

/** better-auth on PostgreSQL, asked by HTTP as a browser does. */
export async function startBetterAuth(
  database: EmptyDatabase,
  options: BetterAuthOptions = {},
): Promise<AdoptedServer> {
  const pool = database.pool();
  const server = await start(pool, database.sql, options);
  return { ...server, url: database.url, stop: () => pool.end() };
}

/** The same on SQLite, in a file. */
export async function startBetterAuthOnSqlite(file: string, options: BetterAuthOptions = {}): Promise<AdoptedServer> {
  const database = new DatabaseSync(file);
  const sql: EmptyDatabase['sql'] = async (text, params = []) =>
    database.prepare(text.replaceAll(/\$\d+/g, '?')).all(...(params as string[])) as never;
  const server = await start(database, sql, options);
  return { ...server, url: `sqlite:${file}`, stop: async () => database.close() };
}

async function start(
  database: ReturnType<EmptyDatabase['pool']> | DatabaseSync,
  sql: EmptyDatabase['sql'],
  { cookieCache }: BetterAuthOptions,
): Promise<Omit<AdoptedServer, 'url' | 'stop'>> {
  const auth = betterAuth({
    database,
    baseURL: 'http://localhost:3000',
    secret: 'a secret of this test, thirty-two characters or more',
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
    session: { cookieCache: { enabled: cookieCache !== undefined, maxAge: cookieCache ?? 1 } },
  });
  await (await getMigrations(auth.options)).runMigrations();
  const known = new Set<string>();
  const ask = (path: string, headers: Record<string, string>, body?: object) =>
    auth.handler(
      new Request(`${BASE}${path}`, {
        method: body ? 'POST' : 'GET',
        headers: { 'content-type': 'application/json', origin: 'http://localhost:3000', ...headers },
        ...(body ? { body: JSON.stringify(body) } : {}),
      }),
    );
  return {
    reference: 'better-auth',
    sql,
    table: 'session',
    keeps: ['ip', 'userAgent', 'createdAt', 'lastActivityAt', 'expiresAt'],
    logIn: async (name, { ip = CLIENT.ip, agent = CLIENT.agent } = {}) => {
      const who = { email: `${name}@example.org`, password: `password of ${name}` };
      const headers = { 'x-forwarded-for': ip, 'user-agent': agent };
      const answer = known.has(name)
        ? await ask('/sign-in/email', headers, who)
        : await ask('/sign-up/email', headers, { ...who, name });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
      known.add(name);
      const cookie = cookiesOf(answer);
      const signed = cookieValue(cookie, 'better-auth.session_token');
      const [token = ''] = decodeURIComponent(signed).split('.');
      const [row] = await sql<{ id: string }>('select id from session where token = $1', [token]);
      if (!row) throw new Error(`no session has the token of ${cookie}`);
      const cached = cookieValue(cookie, 'better-auth.session_data');
      const secrets = [token, signed, decodeURIComponent(signed), ...(cached ? [cached] : [])];
      return { user: who.email, key: row.id, id: row.id, cookie, secrets };
    },
    accepts: async ({ cookie }) => (await (await ask('/get-session', { cookie })).json()) !== null,
    expire: async ({ key }) => {
      await sql('update session set "expiresAt" = $1 where id = $2', [hourAgo(), key]);
    },
  };
}

/** As better-auth itself writes it into both engines. */
function hourAgo(): string {
  return new Date(Date.now() - 3_600_000).toISOString();
}
