// Runs the program of a folder as people do, so that V8's code of each chunk holds what a start needs.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { spawn as spawnOnTerminal } from '@lydell/node-pty';
import pg from 'pg';
import { startServer } from '../../test/support/global-setup.ts';

const RECORD = join(import.meta.dirname, 'record.mjs');
const ROWS = `
  insert into tomo.users (username, role) select 'user' || i, 'user' from generate_series(1, 60) i;
  select tomo.open_session(id, '198.51.100.7', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0')
    from tomo.users;`;

/** Writes the code of every chunk of `program` beside it. */
export async function train(program) {
  const scratch = mkdtempSync(join(tmpdir(), 'tomo-train-'));
  const server = await startServer();
  const env = { TOMO_PROGRAM: program, HOME: scratch, TZ: 'UTC', LC_ALL: 'C.UTF-8', TERM: 'xterm-256color' };
  const run = (...args) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [RECORD, ...args], { env, encoding: 'utf8' });
    // 9: what a doctor finds
    if (status !== 0 && status !== 9) throw new Error(`tomo ${args.join(' ')}: exit code ${status}\n${stderr}`);
    return stdout;
  };
  try {
    run('demo');
    run('session', 'list', '--database', 'embedded');
    env.TOMO_DATABASE_URL = `${server.url}/postgres`;
    run('db', 'migrate');
    await insertRows(env.TOMO_DATABASE_URL);
    run('session', 'list', '--json');
    run('session', 'list', '--output', 'table');
    const id = run('session', 'list', '--output', 'ids').split('\n')[0];
    run('session', 'show', id);
    run('session', 'revoke', id);
    run('session', 'stats');
    run('session', 'cleanup');
    run('user', 'list');
    run('audit', 'list');
    run('report', '--output', '-');
    run('doctor');
    run('__complete', '--', 'session', 'list', '--');
    run('__complete', '--', 'session', 'revoke-user', 'user');
    run('help', 'session', 'list');
    await runOnTerminal(env, ['status']);
    await runOnTerminal(env, ['session', 'browse'], 'q');
    await runOnTerminal(env, ['session', 'list', '--watch'], '\u0003');
    await runOnTerminal(env, ['session', 'list']);
    run('session', 'list');
    run('--version');
  } finally {
    await server.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
  for (const path of globSync('**/*.js', { cwd: program })) checkCode(program, path);
}

/** Makes what no run has made, and makes sure of the rest. */
function checkCode(program, path) {
  const file = join(program, `${path}.code`);
  const cachedData = existsSync(file) ? readFileSync(file) : undefined;
  const script = new Script(readFileSync(join(program, path), 'utf8'), { filename: path, cachedData });
  if (script.cachedDataRejected) throw new Error(`V8 rejects the code of ${path}.`);
  if (!cachedData) writeFileSync(file, script.createCachedData());
}

async function insertRows(connectionString) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(ROWS);
  await client.end();
}

/** Types `keys` as soon as something is drawn. */
function runOnTerminal(env, args, keys = '') {
  const terminal = spawnOnTerminal(process.execPath, [RECORD, ...args], { cols: 120, rows: 60, env });
  let drawn = '';
  terminal.onData((text) => {
    if (drawn === '') setTimeout(() => terminal.write(keys), 1000);
    drawn += text;
  });
  return new Promise((resolve, reject) => {
    terminal.onExit(({ exitCode }) =>
      exitCode === 0 ? resolve() : reject(new Error(`tomo ${args.join(' ')}: exit code ${exitCode}\n${drawn}`)),
    );
  });
}
