import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { vi } from 'vitest';
import { freePort, type TestServer } from './global-setup.ts';
import { PATIENCE } from './patience.ts';

/**
 * A streaming standby of the server: its files, copied as pg_basebackup does it, which the test server comes without.
 */
export async function startStandby(primary: TestServer): Promise<Omit<TestServer, 'folder'>> {
  const folder = join(mkdtempSync(join(tmpdir(), 'tomo-test-standby-')), 'data');
  execFileSync('chmod', ['755', join(folder, '..')]);
  const client = new pg.Client({ connectionString: `${primary.url}/postgres` });
  await client.connect();
  await client.query(`select pg_backup_start('standby', true)`);
  execFileSync('cp', ['-a', primary.folder, folder]);
  const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
  await client.end();
  const [postgres = ''] = readFileSync(join(folder, 'postmaster.opts'), 'utf8').split(' ');
  rmSync(join(folder, 'postmaster.pid'));
  writeFileSync(join(folder, 'backup_label'), rows[0]?.labelfile ?? '');
  writeFileSync(join(folder, 'standby.signal'), '');
  const { hostname, port: from, username, password } = new URL(primary.url);
  appendFileSync(
    join(folder, 'postgresql.auto.conf'),
    `\nprimary_conninfo = 'host=${hostname} port=${from} user=${username} password=${password}'\n`,
  );
  const { uid, gid } = statSync(folder);
  execFileSync('chown', ['-R', `${uid}:${gid}`, folder]);
  const port = await freePort();
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'fsync=off',
    'max_connections=200',
    'max_standby_streaming_delay=100',
  ];
  const server = spawn(postgres, ['-D', folder, '-p', String(port), ...settings.flatMap((each) => ['-c', each])], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(process.getuid?.() === 0 ? { uid, gid } : {}),
  });
  let log = '';
  server.stderr.on('data', (text) => {
    log += text;
  });
  const ended = once(server, 'exit');
  await vi.waitUntil(() => log.includes('ready to accept read-only connections') || server.exitCode !== null, PATIENCE);
  if (server.exitCode !== null) throw new Error(`The standby did not start.\n${log}`);
  return {
    url: `postgres://${username}:${password}@127.0.0.1:${port}`,
    stop: async () => {
      server.kill('SIGINT');
      await ended;
      rmSync(join(folder, '..'), { recursive: true, force: true });
    },
  };
}
