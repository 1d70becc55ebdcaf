import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { fromPGlite } from '../../src/db/port/pglite.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { migrate } from '../../src/db/schema/migrate.ts';
import { configOfNobody } from './nobody.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the server, without a database name. */
    server: string;
    /** A migrated database to copy. */
    template: string;
    /** A migrated PGlite data directory, as a tar file. */
    embeddedTemplate: string;
    scratch: string;
    /** Of everything random; TOMO_TEST_SEED repeats that of another run. */
    seed: number;
  }
}

/** Without the first row of the audit, as after TestDatabase.empty(). */
const NOTHING_DONE = `with gone as (delete from tomo.audit_log) update tomo.audit_head set id = 0, hash = '\\x00'`;

/**
 * Brings up the database servers once: real PostgreSQL (the newest; TOMO_TEST_POSTGRES=15 for the oldest supported;
 * TOMO_TEST_DATABASE_URL for one that is running) and PGlite, each with a migrated template.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const scratch = mkdtempSync(join(tmpdir(), 'tomo-test-'));
  const given = process.env.TOMO_TEST_DATABASE_URL;
  const own = given ? undefined : await startServer();
  const server = (given ?? own?.url ?? '').replace(/\/+$/, '');
  const template = `tomo_template_${process.pid}`;
  await onServer(server, [`create database ${template}`]);
  const db = await openPostgres(`${server}/${template}`, {});
  await migrate(db);
  await db.query(NOTHING_DONE);
  await db.close();

  const engine = await PGlite.create();
  await migrate(fromPGlite(engine, 'template'));
  await engine.query(NOTHING_DONE);
  const dump = await engine.dumpDataDir('none');
  const embeddedTemplate = join(scratch, 'embedded.tar');
  writeFileSync(embeddedTemplate, Buffer.from(await dump.arrayBuffer()));
  await engine.close();

  project.provide('server', server);
  project.provide('template', template);
  project.provide('embeddedTemplate', embeddedTemplate);
  project.provide('scratch', scratch);
  project.provide('seed', process.env.TOMO_TEST_SEED ? Number(process.env.TOMO_TEST_SEED) : randomInt(2 ** 31));
  return async () => {
    if (given) await onServer(server, [`drop database ${template}`]);
    await own?.stop();
    const written = existsSync(configOfNobody(scratch));
    rmSync(scratch, { recursive: true, force: true });
    if (written) throw new Error('A test wrote a config file without saying where: give it XDG_CONFIG_HOME.');
  };
}

export interface TestServer {
  url: string;
  folder: string;
  stop: () => Promise<void>;
}

/** PostgreSQL with its data in `folder`, until `stop`. `settings`: such as "wal_level=logical". */
export async function startServer(kind: 'primary' | 'standby' = 'primary', ...settings: string[]): Promise<TestServer> {
  const port = await freePort();
  // a folder of its own: inside another one, that one would be root's alone
  const folder = mkdtempSync(join(tmpdir(), 'tomo-test-server-'));
  const version = process.env.TOMO_TEST_POSTGRES ?? 'newest';
  const server = spawn(process.execPath, [
    join(import.meta.dirname, 'server-process.mjs'),
    version,
    folder,
    String(port),
    kind,
    ...settings,
  ]);
  let log = '';
  server.stderr.on('data', (text) => {
    log += text;
  });
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    server.stdout.once('data', () => resolve());
    server.once('exit', (code) => reject(new Error(`The test server did not start (exit ${code}).\n${log}`)));
  });
  return {
    url: `postgres://postgres:test@127.0.0.1:${port}`,
    folder,
    stop: async () => {
      server.stdin.end();
      await ended;
    },
  };
}

export async function onServer(server: string, statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: `${server}/postgres` });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
