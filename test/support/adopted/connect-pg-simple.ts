import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import connectPgSimple from 'connect-pg-simple';
import session from 'express-session';
import { cookiesOf, cookieValue } from './cookies.ts';
import type { EmptyDatabase } from './empty-database.ts';
import { type AdoptedServer, hashedId, type Login } from './server.ts';

export interface ExpressOptions {
  resave?: boolean;
  rolling?: boolean;
  /** Milliseconds; null: a cookie that ends with the browser. */
  maxAge?: number | null;
  /** Time zone of the connections of the application. */
  zone?: string;
}

export interface ExpressServer extends AdoptedServer {
  /** Logs in for this many milliseconds, whatever the others have. */
  remember: (name: string, maxAge: number) => Promise<Login>;
  /** A request that has read the session of this login and does not answer before `end` is called. */
  hold: (login: Login, change?: boolean) => Promise<{ end: () => Promise<void> }>;
  prune: () => Promise<void>;
}

/** What the application keeps in a session, as Passport lays it out. */
interface Kept {
  passport?: { user: number };
  basket?: string[];
  seen?: number;
}

type Asked = IncomingMessage & { session: session.Session & Kept };

/** An application with express-session and connect-pg-simple, users in a table of its own. */
export async function startExpress(database: EmptyDatabase, options: ExpressOptions = {}): Promise<ExpressServer> {
  const pool = database.pool(options.zone === undefined ? undefined : `-c timezone=${options.zone}`);
  const tables = createRequire(import.meta.url).resolve('connect-pg-simple/table.sql');
  await database.sql(readFileSync(tables, 'utf8'));
  await database.sql('create table users (id serial primary key, username text not null unique)');
  const Store = connectPgSimple(session);
  const store = new Store({ pool, pruneSessionInterval: false });
  const sessions = session({
    store,
    secret: 'a secret of this test',
    resave: options.resave ?? false,
    rolling: options.rolling ?? false,
    saveUninitialized: false,
    cookie: options.maxAge === null ? {} : { maxAge: options.maxAge ?? 2 * 3_600_000 },
  });
  const held = new Map<string, { entered: () => void; released: Promise<void> }>();
  const server = createServer(
    (request, response) =>
      // express-session asks for nothing that a plain request does not have
      void sessions(request as never, response as never, () => void answer(request as Asked, response)),
  );

  async function answer(request: Asked, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: given } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/login') {
      await new Promise<void>((resolve, reject) => {
        request.session.regenerate((error) => (error ? reject(error) : resolve()));
      });
      request.session.passport = { user: Number(given.get('user')) };
      if (given.has('maxAge')) request.session.cookie.maxAge = Number(given.get('maxAge'));
    } else if (pathname === '/basket') {
      request.session.basket = ['apples'];
    } else if (pathname === '/slow') {
      const gate = held.get(given.get('gate') ?? '');
      gate?.entered();
      await gate?.released;
      if (given.has('change')) request.session.seen = Date.now();
    }
    response.end(
      JSON.stringify({ user: request.session.passport?.user ?? null, basket: request.session.basket ?? null }),
    );
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ask = (path: string, cookie = '') => fetch(`${base}${path}`, { headers: { cookie } });
  const userId = async (name: string) => {
    const [row] = await database.sql<{ id: number }>(
      `insert into users (username) values ($1) on conflict (username) do update set username = excluded.username
       returning id`,
      [name],
    );
    return row?.id ?? 0;
  };
  const login = async (user: string | null, path: string): Promise<Login> => {
    const answered = await ask(path);
    await answered.text();
    const cookie = cookiesOf(answered);
    const signed = cookieValue(cookie, 'connect.sid');
    const plain = decodeURIComponent(signed);
    const key = plain.slice(2, plain.lastIndexOf('.'));
    return { user, key, id: hashedId(key), cookie, secrets: [key, signed, plain] };
  };
  return {
    reference: `connect-pg-simple:zone=${options.zone ?? 'UTC'},user=passport.user`,
    url: database.url,
    sql: database.sql,
    table: 'session',
    keeps: ['lastActivityAt', 'expiresAt'],
    logIn: async (name) => login(name, `/login?user=${await userId(name)}`),
    visit: () => login(null, '/basket'),
    remember: async (name, maxAge) => login(name, `/login?user=${await userId(name)}&maxAge=${maxAge}`),
    accepts: async ({ user, cookie }) => {
      const seen = (await (await ask('/me', cookie)).json()) as { user: number | null; basket: string[] | null };
      return (user === null ? seen.basket : seen.user) !== null;
    },
    expire: async ({ key }) => {
      await pool.query("update session set expire = localtimestamp(6) - interval '1 hour' where sid = $1", [key]);
    },
    prune: () =>
      new Promise((resolve, reject) => {
        store.pruneSessions((error) => (error ? reject(error) : resolve()));
      }),
    hold: async ({ cookie }, change = false) => {
      const [entered, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const gate = String(held.size);
      held.set(gate, { entered: entered.resolve, released: released.promise });
      const answered = ask(`/slow?gate=${gate}${change ? '&change' : ''}`, cookie);
      await Promise.race([entered.promise, answered]);
      return {
        end: async () => {
          released.resolve();
          await (await answered).text();
        },
      };
    },
    stop: async () => {
      store.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await pool.end();
    },
  };
}
