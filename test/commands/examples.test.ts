import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { HELP_TOPICS } from '../../src/cli/base/help-topics.ts';
import type { Terminal } from '../../src/cli/base/terminal.ts';
import { eventWatcher } from '../../src/cli/watch/watch-sessions.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import Status from '../../src/commands/status.ts';
import { listSessions } from '../../src/domain/session/list.ts';
import type { Distribution } from '../../src/model/cluster.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { EXAMPLE_SESSION, everyCommand, examplesOf, exampleWorld, runExample } from '../support/examples.ts';
import { EVERYTHING, some } from '../support/extent.ts';
import { geoDatabase } from '../support/geo.ts';
import { Schemas } from '../support/json-schemas.ts';
import { mailServer } from '../support/receivers.ts';
import { type Ran, run } from '../support/run.ts';
import { aToken, KEY_ENV } from '../support/tokens.ts';

const commands = await everyCommand();
const schemas = new Schemas();
/**
 * Tested below; session browse, which needs a terminal, in test/e2e; db distribute, which needs a cluster, in test/db.
 */
const ELSEWHERE = ['demo', 'help', 'session:browse', 'db:distribute'];
/** They say by it what they have found. */
const FOUND: Record<string, number[]> = { doctor: [9], 'audit:verify': [9] };
const examples = [...commands].flatMap(([id, command]) =>
  ELSEWHERE.includes(id) ? [] : examplesOf(command).map((example) => ({ id, example })),
);
/** Forms of results that no example has. */
const FORMS = [
  'tomo session list --count',
  'tomo session list --state all --related-to 3f2a9c41',
  'tomo session revoke 3f2a9c41 00000000 --dry-run',
  'tomo session revoke --user bob --dry-run',
  'tomo session revoke-user alice --dry-run',
  'tomo session revoke-all --dry-run',
  'tomo token inspect - --revoke < access.log',
  'tomo revocation list',
  'tomo audit list',
  'tomo user show bob',
  'tomo alert list --state all',
];

/** What `--json` prints, held against the schema of the command, or of the error. */
function problems(id: string, { exitCode, json }: Ran): string[] {
  return schemas.problems('error' in json() && exitCode !== 0 ? 'error' : id.replaceAll(':', '-'), json());
}

/** Runs examples in their world, which is made anew where the one before may have changed it. */
function examplesIn(t: TestDatabase) {
  t.keepsData = true;
  let changed = true;
  let token: string;
  let folder: string;
  let places: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tomo-examples-'));
    places = geoDatabase('examples');
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  return async (id: string, example: string, more: string[] = []) => {
    if (changed) {
      await exampleWorld(t);
      token = await aToken(t, EXAMPLE_SESSION);
    }
    changed = commands.get(id)?.changes !== false || example.includes('--revoke');
    const mail =
      id === 'alert:send'
        ? { TOMO_SMTP_URL: `smtp://127.0.0.1:${(await mailServer()).port}`, TOMO_MAIL_FROM: 'tomo@example.org' }
        : {};
    if (id.startsWith('context:') || id.startsWith('alias:')) {
      mkdirSync(join(folder, 'tomo'), { recursive: true });
      const contexts = { lab: { database: 'sqlite:/srv/lab/app.db' } };
      const aliases = id === 'alias:set' ? {} : { night: 'session list --since 22:00' };
      writeFileSync(join(folder, 'tomo', 'config.json'), JSON.stringify({ contexts, aliases }), { mode: 0o600 });
    }
    const env = {
      ...KEY_ENV,
      XDG_CONFIG_HOME: folder,
      TOMO_GEO_CITY_DATABASE: places,
      ...mail,
      ...(example.includes('--mine') ? { TOMO_TOKEN: token } : {}),
    };
    const files = {
      token,
      'token.txt': token,
      'access.log': `GET / 200 ${token}\nGET / 401 ${token.slice(0, -4)}AAAA\nGET / 401\n`,
    };
    return runExample(t, commands, example, { files, env, folder }, more);
  };
}

describe('on a server', () => {
  const t = useDatabase('postgres');
  const attempt = examplesIn(t);

  it.each(examples)('$example', async ({ id, example }) => {
    expect([0, ...(FOUND[id] ?? [])]).toContain((await attempt(id, example)).exitCode);
    if (commands.get(id)?.enableJsonFlag === false) return;
    expect(problems(id, await attempt(id, example, ['--json']))).toEqual([]);
  });

  it.each(FORMS)('%s --json', async (example) => {
    const [, topic, name] = example.split(' ');
    const ran = await attempt(`${topic}:${name}`, example, ['--json']);
    expect(ran.json()).not.toHaveProperty('error');
    expect(problems(`${topic}:${name}`, ran)).toEqual([]);
  });

  it.each([
    ['LANG', 'C'],
    ['TERM', 'dumb'],
  ])('with %s=%s no command writes anything but ASCII', async (name, value) => {
    await exampleWorld(t);
    for (const id of commands.keys()) {
      const example = examplesOf(commands.get(id)).find((text) => !/[<|]|--watch|--follow/.test(text));
      if (ELSEWHERE.includes(id) || !example) continue;
      const folder = mkdtempSync(join(inject('scratch'), 'ascii-'));
      const options = { env: { ...KEY_ENV, XDG_CONFIG_HOME: folder, [name]: value }, tty: true };
      const { stdout, stderr } = await runExample(t, commands, example.replace(' --mine', ''), options);
      // a slow one shows that it goes on
      const text = stripVTControlCharacters(stdout + stderr);
      expect(`${example}: ${text.replaceAll(/[\n\x20-\x7e]/g, '')}`).toBe(`${example}: `);
    }
    const answers: [RegExp, string][] = [[/\? Revoke/, 'y\r']];
    await exampleWorld(t);
    const asked = await run(t, SessionRevoke, ['--user', 'bob'], { tty: true, env: { [name]: value }, answers });
    expect(asked.exitCode).toBe(0);
    expect(stripVTControlCharacters(asked.stderr)).toMatch(/^[\r\n\x20-\x7e]*$/);
  });

  it('the lines of every list', async () => {
    await attempt('session:list', 'tomo session list');
    // something for the audit
    await run(t, SessionRevoke, [EXAMPLE_SESSION]);
    for (const name of schemas.names.filter((name) => name.endsWith('.row'))) {
      const command = name.replace('.row', '').replace('-', ' ');
      const id = command.replace(' ', ':');
      const all = 'state' in (commands.get(id)?.flags ?? {}) ? ' --state all' : '';
      const { stdout } = await attempt(
        id,
        `tomo ${command}${command === 'token inspect' ? ' - -o ndjson < access.log' : `${all} -o ndjson`}`,
      );
      expect(stdout).not.toBe('');
      for (const line of stdout.trimEnd().split('\n')) expect(schemas.problems(name, JSON.parse(line))).toEqual([]);
    }
    const { stdout } = await attempt('activity:export', 'tomo activity export');
    expect(schemas.problems('activity-list.row', JSON.parse(stdout.split('\n')[0] ?? ''))).toEqual([]);
  });

  it('the events of a list that is watched', async () => {
    const { sessions } = await listSessions(
      t.db,
      { state: 'all' },
      { sort: 'login', limit: 5, after: undefined, withTotal: false },
    );
    const lines: string[] = [];
    const terminal = { stdout: { write: (text: string) => lines.push(text) > 0 }, now: () => new Date() };
    const watcher = eventWatcher(terminal as unknown as Terminal, () => {});
    const found = { sessions, more: false, location: 'db1', standby: null };
    const events = sessions.map((session) => ({ event: 'changed' as const, session }));
    await watcher.show({ ...found, events: [], first: true });
    await watcher.show({ ...found, events, first: false });
    const documents = lines.join('').trimEnd().split('\n');
    expect(documents).toHaveLength(2 * sessions.length);
    for (const document of documents) expect(schemas.problems('session-list.watch', JSON.parse(document))).toEqual([]);
  });

  it.each([
    'session show 00000000',
    'session list --ip nonsense',
    'alert show 99',
    'session list --nonsense',
    'session restore 99',
  ])('failing: %s', async (line) => {
    const [topic, name] = line.split(' ');
    const ran = await attempt(`${topic}:${name}`, `tomo ${line}`, ['--json']);
    expect(ran.json()).toHaveProperty('error.code');
    expect(problems('error', ran)).toEqual([]);
  });
});

describe('in the embedded database', () => {
  const t = useDatabase('embedded');
  const attempt = examplesIn(t);

  it.runIf(EVERYTHING)('every example', async () => {
    for (const { id, example } of examples)
      expect([0, ...(FOUND[id] ?? [])], example).toContain((await attempt(id, example)).exitCode);
  });
});

describe('in an embedded database that nobody uses', () => {
  const t = useDatabase('embedded');

  it.each(some('demo', examplesOf(commands.get('demo')), 1))('%s', async (example) => {
    for (const more of EVERYTHING ? [[], ['--json']] : [['--json']]) {
      const ran = await runExample(t, commands, example, { files: {}, env: {}, folder: '' }, more);
      expect(ran).toMatchObject({ exitCode: 0 });
      if (more.length > 0) expect(problems('demo', ran)).toEqual([]);
    }
  });
  it('a status without a database', async () => {
    const ran = await run(t, Status, ['--json'], {
      env: { TOMO_DATABASE_URL: undefined, XDG_DATA_HOME: '/nonexistent' },
    });
    expect(ran.json()).toEqual({ schemaVersion: 1, configured: false });
    expect(problems('status', ran)).toEqual([]);
  });
});

it.each(examplesOf(commands.get('help')))('%s', (example) => {
  const [, , ...words] = example.split(' ');
  expect(commands.has(words.join(':')) || words.join(' ') in HELP_TOPICS).toBe(true);
});

it('db distribute, which takes a cluster, prints what its schema says', () => {
  const done: Distribution = { dryRun: false, shards: 32, nodes: ['worker:5432'], sql: ['select 1'], waited: 1000 };
  expect(schemas.problems('db-distribute', { schemaVersion: 1, ...done })).toEqual([]);
});

it('every schema is of something that is printed, and everything that is printed has one', () => {
  const printed = [...commands].flatMap(([id, command]) => (command.enableJsonFlag ? [id.replaceAll(':', '-')] : []));
  const results = schemas.names.filter((name) => !name.includes('.') && name !== 'error');
  expect(results.sort()).toEqual(printed.sort());
  expect([...schemas.seen].sort()).toEqual(schemas.names.sort());
});
