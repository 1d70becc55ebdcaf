import { globSync, mkdtempSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { basename, join } from 'node:path';
import { inject } from 'vitest';
import type { BaseCommand } from '../../src/cli/base/base-command.ts';
import { aDevice, anAlert, aSession, aUser, JOURNEY } from './builders.ts';
import type { TestDatabase } from './database.ts';
import { geoDatabase } from './geo.ts';
import { mailServer } from './receivers.ts';
import { type Ran, type RunOptions, run } from './run.ts';
import { aToken, KEY_ENV } from './tokens.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'src', 'commands');

/** The session, and the number of the alert and of the revocation, that the examples name. */
export const EXAMPLE_SESSION = '3f2a9c41-5b6c-4d7e-8f90-a1b2c3d4e5f6';
const EXAMPLE_NUMBER = 17;

type CommandClass = typeof BaseCommand & (new (...args: ConstructorParameters<typeof BaseCommand>) => BaseCommand);

/** Every command that somebody may use, by its id ("session:list"). */
export async function everyCommand(): Promise<Map<string, CommandClass>> {
  const commands = new Map<string, CommandClass>();
  for (const file of globSync('**/*.ts', { cwd: FOLDER }).sort()) {
    const { default: command } = (await import(join(FOLDER, file))) as { default: CommandClass };
    if (!command.hidden) commands.set(file.replace('.ts', '').replaceAll('/', ':'), command);
  }
  return commands;
}

/** Every example as it is written, e.g. "tomo session list". */
export function examplesOf(command: CommandClass | undefined): string[] {
  return (command?.examples ?? []).map((example) => (typeof example === 'string' ? example : example.command));
}

/** The people, sessions, alerts and revocations that the examples speak of, and nothing else. */
export async function exampleWorld(t: TestDatabase): Promise<void> {
  await t.empty();
  await t.sql('drop table if exists public.session, public."user"');
  await t.sql('create table public."user" (id text primary key, email text not null)');
  await t.sql(`create table public.session (id text primary key, token text not null, "userId" text not null, "ipAddress" text,
    "userAgent" text, "createdAt" timestamptz not null, "updatedAt" timestamptz not null, "expiresAt" timestamptz not null)`);
  for (const [table, column] of [
    ['alerts', 'id'],
    ['revocations', 'id'],
  ]) {
    await t.sql(`select setval(pg_get_serial_sequence($1, $2), ${EXAMPLE_NUMBER - 1})`, [`tomo.${table}`, column]);
  }
  const admin = await aUser(t, { username: 'admin', role: 'admin' });
  const alice = await aUser(t, { username: 'alice', email: 'alice@example.org' });
  const bob = await aUser(t, { username: 'bob' });
  await aUser(t, { username: 'carol', active: false });
  await aUser(t, { username: 'ci-deploy' });
  await aSession(t, admin);
  await aSession(t, alice, { id: EXAMPLE_SESSION, browser: 'Firefox', os: 'Windows', city: 'Berlin', country: 'DE' });
  await aSession(t, alice, { ended: 5, reason: 'logout' });
  for (let n = 0; n < 3; n++) await aSession(t, bob, { idle: 600, remember: true, ip: '198.51.100.7' });
  await aSession(t, bob, { country: 'KP' });
  const gone = await aSession(t, bob);
  await aDevice(t, alice, { id: '51e0b3f4-0000-4000-8000-000000000000' });
  await aDevice(t, alice, {
    id: '7c1d20aa-0000-4000-8000-000000000000',
    browser: 'Firefox',
    os: 'Windows',
    label: 'Laptop',
  });
  await aDevice(t, admin, { trusted: true });
  await t.sql(
    `insert into tomo.session_activity (user_id, session_id, at, kind, name, path, status)
     select user_id, id, now(), 'api', 'GET', '/api/servers', 200 from tomo.sessions where id = $1::uuid`,
    [EXAMPLE_SESSION],
  );
  await anAlert(t, alice, { session: EXAMPLE_SESSION });
  await anAlert(t, alice, { kind: 'unusual_location', evidence: JOURNEY });
  const whoever = JSON.stringify({ osUser: userInfo().username, host: hostname() });
  await t.sql('select tomo.revoke_sessions(array[$1]::uuid[], $2)', [gone, whoever]);
}

/**
 * Runs an example, and what it is piped into, like a shell would. `files` is what can be read, files are written into
 * `folder`, else a new one; `more` arguments go to the last command.
 */
export async function runExample(
  t: TestDatabase,
  commands: Map<string, CommandClass>,
  example: string,
  options: { files?: Record<string, string>; folder?: string; env: NodeJS.ProcessEnv } & RunOptions,
  more: string[] = [],
): Promise<Ran> {
  // what goes into a program of somebody else is the result
  const parts = example.split(' | ').filter((part) => /\btomo /.test(part));
  const { files = {}, folder = mkdtempSync(join(inject('scratch'), 'example-')), ...own } = options;
  let ran: Ran | undefined;
  for (const [i, part] of parts.entries()) {
    const [, name, value, line = '', from] =
      /^(?:source <\(|[A-Z]+=\$\()?(?:([A-Z_]+)=(\S+) )?tomo (.*?)\)?(?: < (\S+))?(?: > \S+)?$/.exec(part) ?? [];
    const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(
      ([, quoted, word]) =>
        quoted ?? (/\.(html|prom)$/.test(word ?? '') ? join(folder, basename(word ?? '')) : word) ?? '',
    );
    const id = commands.has(`${words[0]}:${words[1]}`) ? `${words[0]}:${words[1]}` : (words[0] ?? '');
    const command = commands.get(id);
    if (!command) throw new Error(`${part}: there is no such command.`);
    const argv = [...words.slice(id.split(':').length), ...(i === parts.length - 1 ? more : [])];
    const stdin = ran?.stdout ?? (from === undefined ? undefined : files[from]);
    // those of stdin ask nobody
    const asks = 'yes' in (command.flags ?? {}) && !argv.includes('--yes') && !argv.includes('-');
    ran = await run(t, command, asks ? [...argv, '--yes'] : argv, {
      ...own,
      env: { ...options.env, ...(name ? { [name]: value } : {}) },
      ...(stdin === undefined ? {} : { stdin }),
      ...endless(argv),
    });
  }
  if (!ran) throw new Error(`${example}: is empty.`);
  return ran;
}

/** They ask no server, or need a terminal that can draw. */
const ELSEWHERE = ['completion', 'db:distribute', 'demo', 'help', 'session:browse'];

/** An example of each command that asks a server, one that does what the command is for. */
export async function oneOfEach(): Promise<{ id: string; changes: boolean; example: string }[]> {
  return [...(await everyCommand())].flatMap(([id, command]) => {
    const example = examplesOf(command).find((text) => !/--dry-run|--simulate|--mine|--watch|--follow/.test(text));
    if (ELSEWHERE.includes(id) || /^(alias|context):/.test(id) || !example) return [];
    return { id, changes: command.changes !== false || example.includes('--revoke'), example };
  });
}

/** Runs an example against the server at this URL, as the program does. */
export async function runExampleAt(t: TestDatabase, url: string, example: string, more: string[] = []): Promise<Ran> {
  const token = await aToken(t, EXAMPLE_SESSION);
  const env = {
    ...KEY_ENV,
    TOMO_DATABASE_URL: url,
    XDG_CONFIG_HOME: mkdtempSync(join(inject('scratch'), 'config-')),
    TOMO_GEO_CITY_DATABASE: geoDatabase('examples'),
    TOMO_SMTP_URL: `smtp://127.0.0.1:${(await mailServer()).port}`,
    TOMO_MAIL_FROM: 'tomo@example.org',
  };
  const files = { token, 'token.txt': token, 'access.log': `GET / 200 ${token}\n` };
  return runExample(t, await everyCommand(), example, { files, env, opens: true }, more);
}

/** What has no end of its own is stopped before it begins. */
function endless(argv: string[]): RunOptions {
  if (!argv.includes('--watch') && !argv.includes('--follow')) return {};
  return { tty: true, interrupt: (press) => press() };
}
