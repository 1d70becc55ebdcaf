import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { EmptyDatabase } from './empty-database.ts';
import { type AdoptedServer, hashedId, type Login } from './server.ts';

/** The interpreter that has Django and psycopg2, as Debian's python3-django and python3-psycopg2 bring them. */
export const PYTHON = ['/usr/bin/python3', 'python3'].find(
  (program) => spawnSync(program, ['-c', 'import django, psycopg2']).status === 0,
);

export type DjangoServer = AdoptedServer & { prune: () => Promise<void> };

/** A Django application with its sessions in the database; `settings`: such as SESSION_SERIALIZER. */
export async function startDjango(database: EmptyDatabase, settings: object = {}): Promise<DjangoServer> {
  const { hostname, port, username, password, pathname } = new URL(database.url);
  const place = { HOST: hostname, PORT: port, USER: username, PASSWORD: password, NAME: pathname.slice(1) };
  const child = spawn(PYTHON ?? 'python3', [
    join(import.meta.dirname, 'django-server.py'),
    JSON.stringify(place),
    JSON.stringify(settings),
  ]);
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  const ended = once(child, 'close');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`Django has ended.\n${log}`);
    return value;
  };
  await next();
  const ask = async <Answer>(question: { do: string; name?: string; key?: string }): Promise<Answer> => {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    return JSON.parse(await next());
  };
  const login = async (user: string | null, key: string): Promise<Login> => {
    const [row] = await database.sql<{ session_data: string }>(
      'select session_data from django_session where session_key = $1',
      [key],
    );
    return { user, key, id: hashedId(key), cookie: key, secrets: [key, row?.session_data ?? ''] };
  };
  return {
    reference: 'django',
    url: database.url,
    sql: database.sql,
    table: 'django_session',
    keeps: ['expiresAt'],
    logIn: async (name) => login(name, await ask<string>({ do: 'login', name })),
    visit: async () => login(null, await ask<string>({ do: 'visit' })),
    accepts: async ({ user, key }) => {
      const seen = await ask<{ user: string | null; basket: string[] | null }>({ do: 'me', key });
      return user === null ? seen.basket !== null : seen.user === user;
    },
    expire: ({ key }) => ask({ do: 'expire', key }),
    prune: () => ask({ do: 'clearsessions' }),
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
