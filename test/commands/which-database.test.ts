import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import { openConnection, resolveConnection } from '../../src/cli/connect/connection.ts';
import DbStatus from '../../src/commands/db/status.ts';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import Status from '../../src/commands/status.ts';
import TokenInspect from '../../src/commands/token/inspect.ts';
import Whoami from '../../src/commands/whoami.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onPostgres, useDatabase } from '../support/database.ts';
import { everyCommand, examplesOf, exampleWorld, runExample } from '../support/examples.ts';
import { run } from '../support/run.ts';
import { KEY_ENV } from '../support/tokens.ts';

const UNNAMED = { TOMO_DATABASE_URL: undefined, HOME: '/nonexistent' };

describe('the embedded database that nobody has named', () => {
  const t = useDatabase('embedded');
  beforeEach(async () => {
    await aSession(t, await aUser(t, { username: 'ethan' }));
  });

  it('is read, which is said', async () => {
    const ran = await run(t, SessionList, [], { env: UNNAMED });
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('ethan') });
    expect(ran.stderr).toContain('No server is configured: this is the embedded database in memory.');
  });

  it('is named once, where the result names it', async () => {
    for (const command of [Whoami, DbStatus]) {
      const { stdout, stderr } = await run(t, command, [], { env: UNNAMED, tty: true });
      expect(stdout).toContain('embedded');
      expect(stderr).toBe('');
    }
  });

  it('is not changed without a terminal, whatever the command', async () => {
    const commands = await everyCommand();
    const changing = [...commands].filter(([, command]) => command.changes);
    expect(changing.length).toBeGreaterThan(12);
    await exampleWorld(t);
    for (const [, command] of changing) {
      const example = examplesOf(command).find((line) => !line.includes('|') && !line.includes('<')) ?? '';
      const env = { ...KEY_ENV, ...UNNAMED, TOMO_SMTP_URL: 'smtp://127.0.0.1:1', TOMO_MAIL_FROM: 'a@b' };
      const ran = await runExample(t, commands, example, { env });
      expect(ran, example).toMatchObject({ exitCode: 7, stdout: '' });
      expect(ran.stderr).toMatch(/No database is configured.*only when it is named/);
    }
    const inspect = await run(t, TokenInspect, ['-', '--revoke'], { env: { ...KEY_ENV, ...UNNAMED }, stdin: 'eyJ\n' });
    expect(inspect).toMatchObject({ exitCode: 7, stdout: '' });
    expect(await t.sql('select from tomo.revocations where id > 17')).toEqual([]);
  });

  it('is changed with one, and both the question and the result say so, with --quiet too', async () => {
    const where = /^Warning: No server is configured: this is the embedded database in memory\.$/m;
    for (const more of [['--yes'], ['--quiet', '--yes']]) {
      const ran = await run(t, SessionRevokeUser, ['ethan', ...more], { env: UNNAMED, tty: true });
      expect(ran).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(where) });
    }
  });

  it.each(['', ' '])('is not what an empty variable means: "%s"', async (empty) => {
    for (const name of ['TOMO_DATABASE_URL', 'DATABASE_URL']) {
      for (const tty of [true, false]) {
        const ran = await run(t, SessionRevokeUser, ['ethan', '--quiet'], { env: { ...UNNAMED, [name]: empty }, tty });
        expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
        expect(ran.stderr).toMatch(new RegExp(`${name} is empty.[^]*unset ${name}`));
      }
    }
    const flag = await run(t, SessionList, ['--database', empty], {});
    expect(flag).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--database is empty') });
  });
});

onPostgres('a change on a terminal', (t) => {
  const place = () => {
    const { host, pathname } = new URL(t.url);
    return `This is ${pathname.slice(1)} at ${host}.\n`;
  };
  beforeEach(async () => {
    await aSession(t, await aUser(t, { username: 'ethan' }));
  });

  it('says which database that is, before it asks and before it is done', async () => {
    const ran = await run(t, SessionRevokeAll, [], { tty: true, answers: [[/Log out everybody/, `${t.db.name}\r`]] });
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Revoked everybody') });
    expect(ran.stderr.indexOf(place())).toBe(0);
    expect(ran.stderr.split(place())).toHaveLength(2);
    expect((await run(t, SessionCleanup, [], { tty: true })).stderr).toContain(place());
  });

  it('says so in a question that --quiet leaves, and then only there', async () => {
    const answers: [RegExp, string][] = [[/Revoke 1 session/, 'y\r']];
    const ran = await run(t, SessionRevoke, ['--user', 'ethan', '--quiet'], { tty: true, answers });
    expect(ran.stderr.indexOf(place())).toBe(0);
    expect((await run(t, SessionCleanup, ['--quiet'], { tty: true })).stderr).not.toContain('This is');
  });

  it('is silent about it in a pipe, as JSON, and where it only reads', async () => {
    expect((await run(t, SessionCleanup, [])).stderr).not.toContain('This is');
    expect((await run(t, SessionCleanup, ['--json'], { tty: true })).stderr).not.toContain('This is');
    expect((await run(t, SessionList, [], { tty: true })).stderr).not.toContain('This is');
  });
});

onPostgres('a context', (t) => {
  const contexts = { shop: { database: 'embedded' }, prod: { database: 'embedded', production: true } };
  const named = (context: string | undefined, more: object = {}) => {
    const HOME = mkdtempSync(join(inject('scratch'), 'named-'));
    mkdirSync(join(HOME, '.config', 'tomo'), { recursive: true });
    writeFileSync(join(HOME, '.config', 'tomo', 'config.json'), JSON.stringify({ contexts, ...more }), { mode: 0o600 });
    return { HOME, TOMO_DATABASE_URL: undefined, TOMO_CONTEXT: context };
  };
  const live = async () => (await run(t, SessionList, ['--output', 'count'], { env: named('shop') })).stdout;
  beforeEach(async () => {
    const ethan = await aUser(t, { username: 'ethan' });
    await aSession(t, ethan);
    await aSession(t, await aUser(t, { username: 'olga' }));
  });

  it('is named before a change, in the question about it, in status and in the list of what there is', async () => {
    const answers: [RegExp, string][] = [[/shop: Revoke 1 session/, 'y\r']];
    const ran = await run(t, SessionRevoke, ['--user', 'ethan'], { tty: true, answers, env: named('shop') });
    expect(ran.stderr).toMatch(/^This is context shop: \w+ at /);
    expect(ran.exitCode).toBe(0);
    expect((await run(t, Status, [], { env: named('shop') })).stdout).toMatch(/^tomo on context shop: /);
    const status = await run(t, Status, ['--json'], { env: named('prod') });
    expect(status.json()).toMatchObject({ context: { name: 'prod', production: true } });
    expect((await run(t, Status, ['--json'])).json()).toMatchObject({ context: null });
  });

  it('of production wants its name typed for whatever asks; a y is none', async () => {
    const answers = (text: string): [RegExp, string][] => [[/prod: Revoke 1 session.*Type "prod"/, `${text}\r`]];
    const argv = ['--user', 'ethan'];
    const no = await run(t, SessionRevoke, argv, { tty: true, answers: answers('y'), env: named('prod') });
    expect(no).toMatchObject({ exitCode: 6, stderr: expect.stringContaining('Nothing was changed') });
    expect(await live()).toBe('2\n');
    const yes = await run(t, SessionRevoke, argv, { tty: true, answers: answers('prod'), env: named('prod') });
    expect(yes.exitCode).toBe(0);
    expect(await live()).toBe('1\n');
    // for cron it is as it was
    expect((await run(t, SessionRevoke, ['--user', 'olga', '--yes'], { env: named('prod') })).exitCode).toBe(0);
    expect(await live()).toBe('0\n');
  });

  it('is what revoke-all wants typed, and no more the name of the database', async () => {
    const answers = (text: string): [RegExp, string][] => [[/shop: Log out everybody.*Type "shop"/, `${text}\r`]];
    const no = { tty: true, answers: answers(t.db.name), env: named('shop') };
    expect((await run(t, SessionRevokeAll, [], no)).exitCode).toBe(6);
    const yes = { tty: true, answers: answers('shop'), env: named('shop') };
    expect((await run(t, SessionRevokeAll, [], yes)).exitCode).toBe(0);
  });

  it('of production is red where there is colour', async () => {
    const colour = { tty: true, env: { ...named('prod'), NO_COLOR: undefined } };
    expect((await run(t, Status, [], colour)).stdout).toContain('\u001b[31mcontext prod\u001b[39m: ');
    expect((await run(t, SessionCleanup, [], colour)).stderr).toContain('\u001b[31mcontext prod\u001b[39m: ');
    expect((await run(t, Status, [], { tty: true, env: named('prod') })).stdout).not.toContain('\u001b');
  });

  it('that is current and passed over is told before a change, once, and not of what only reads', async () => {
    const env = { ...named(undefined, { context: 'prod' }), DATABASE_URL: 'embedded' };
    const said = 'The current context prod is passed over: DATABASE_URL names the database.\n';
    expect((await run(t, SessionCleanup, [], { env })).stderr.split(said)).toHaveLength(2);
    expect((await run(t, SessionList, [], { env })).stderr).not.toContain('passed over');
    expect((await run(t, SessionCleanup, ['--database', 'embedded'], { env })).stderr).not.toContain('passed over');
  });

  it('that is current is enough of a name for a change without a terminal', async () => {
    const ran = await run(t, SessionRevokeUser, ['ethan'], { env: named(undefined, { context: 'shop' }) });
    expect(ran).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('No server is configured') });
  });

  it('that there is not is an error of what was typed', async () => {
    const ran = await run(t, SessionList, ['--context', 'shpo', '--json'], { env: named(undefined) });
    expect(ran.exitCode).toBe(2);
    expect(ran.json()).toMatchObject({
      error: { code: 'INVALID_INPUT', hint: expect.stringContaining('Did you mean shop?') },
    });
  });
});

it.each(['PGSERVICE', 'PGHOST', 'PGHOSTADDR', 'PGPORT', 'PGDATABASE', 'PGUSER'])(
  '%s names a database, and is an error when it is empty',
  async (name) => {
    expect(resolveConnection({}, { ...UNNAMED, [name]: 'prod' })).toMatchObject({ origin: name });
    const empty = resolveConnection({}, { ...UNNAMED, [name]: '' });
    await expect(openConnection(empty, { makes: false, changes: false })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(`${name} in the environment is empty`),
    });
  },
);
