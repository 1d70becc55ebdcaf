import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { freePort } from './global-setup.ts';
import { PATIENCE } from './patience.ts';

const PATH = `${process.env.PATH}:/usr/sbin`;
export const HAS_PGBOUNCER = spawnSync('pgbouncer', ['--version'], { env: { ...process.env, PATH } }).status === 0;
/** Said once a run, and not by a test that is skipped in silence. */
if (!HAS_PGBOUNCER) process.stderr.write('There is no pgbouncer here: what goes through one is not tested.\n');

export interface Pooler {
  /** The same database, through it. */
  through: (url: string) => string;
  stop: () => void;
}

/** PgBouncer with three connections to each database of a server, lent for a transaction (or for a whole session). */
export async function startPgBouncer(server: string, mode: 'transaction' | 'session' = 'transaction'): Promise<Pooler> {
  const folder = mkdtempSync(join(tmpdir(), 'tomo-test-pgbouncer-'));
  const { hostname, port: from, username, password } = new URL(server);
  const port = await freePort();
  const ini = join(folder, 'pgbouncer.ini');
  writeFileSync(
    ini,
    `[databases]
     * = host=${hostname} port=${from} user=${username} password=${password}
     [pgbouncer]
     listen_addr = 127.0.0.1
     listen_port = ${port}
     unix_socket_dir =
     auth_type = any
     pool_mode = ${mode}
     default_pool_size = 3
     ignore_startup_parameters = extra_float_digits, options`.replace(/^ +/gm, ''),
  );
  chmodSync(folder, 0o755);
  // it refuses to be root
  const pooler = spawn('pgbouncer', [...(process.getuid?.() === 0 ? ['-u', 'nobody'] : []), ini], {
    env: { ...process.env, PATH },
  });
  const through = (url: string) => `postgres://postgres@127.0.0.1:${port}${new URL(url).pathname}`;
  const answers = () =>
    openPostgres(through('postgres://any/postgres'), {}).then(
      (db) => db.close().then(() => true),
      () => false,
    );
  await vi.waitUntil(answers, PATIENCE);
  return { through, stop: () => void pooler.kill() };
}
