import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, inject, it } from 'vitest';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { TerminalSession } from '../support/spawn.ts';

const CTRL_C = '\u0003';
const SHOW_CURSOR = '\u001b[?25h';

onPostgres('on a real terminal', (t) => {
  let env: NodeJS.ProcessEnv;

  beforeEach(async () => {
    env = { TOMO_DATABASE_URL: t.url };
    await t.empty();
    const alice = await aUser(t, { username: 'a-rather-long-user-name@some-company.example' });
    const bob = await aUser(t, { username: 'bob' });
    await aSession(t, alice, {
      ip: '2001:db8:1111:2222:3333:4444:5555:6666',
      browser: 'Firefox',
      os: 'Windows',
      idle: 1,
    });
    await aSession(t, bob, { userAgent: 'evil \u001b]0;owned\u0007 \u202e', idle: 2 });
    await aSession(t, bob, { browser: 'Chrome', os: 'Android', idle: 3 });
  });

  /** Nothing that outlives the program: the cursor is shown, no attribute and no other screen is left on. */
  const clean = ({ output }: TerminalSession) => {
    if (output.includes('\u001b[?25l'))
      expect(output.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(output.lastIndexOf('\u001b[?25l'));
    expect(output).not.toMatch(/\u001b\[\?1049h|\u001b\]|\u202e/);
    expect(output).not.toMatch(/bug in tomo|Error \[|at async/);
  };

  it('shows a list of 80 columns that does not wrap, in colour', async () => {
    const screen = new TerminalSession(['session', 'list'], { env });
    expect(await screen.exit()).toBe(0);
    expect(screen.lines).toHaveLength(4);
    expect(screen.lines.filter((line) => line.length > 80)).toEqual([]);
    expect(screen.lines[0]).toMatch(/^ID +USER +DEVICE +IP ADDRESS +LOGIN +ACTIVE +EXPIRES$/);
    expect(screen.output).toContain('\u001b[33m');
    clean(screen);
  });

  it('uses the width that is there, and no colour with NO_COLOR', async () => {
    const screen = new TerminalSession(['session', 'list'], { env: { ...env, NO_COLOR: '1' }, columns: 200 });
    expect(await screen.exit()).toBe(0);
    expect(screen.lines[1]).toContain('a-rather-long-user-name@some-company.example');
    expect(screen.lines[1]).toContain('2001:db8:1111:2222:3333:4444:5555:6666');
    expect(screen.output).not.toContain('\u001b[');
  });

  it('a production context is red, and wants its name typed', async () => {
    const home = mkdtempSync(join(inject('scratch'), 'production-'));
    mkdirSync(join(home, 'tomo'));
    const contexts = { shop: { database: t.url, production: true } };
    writeFileSync(join(home, 'tomo', 'config.json'), JSON.stringify({ contexts, context: 'shop' }), { mode: 0o600 });
    const own = { XDG_CONFIG_HOME: home };
    const screen = new TerminalSession(['session', 'revoke', '--user', 'bob'], { env: own });
    await screen.waitFor(/Type "shop" to go on:/);
    expect(screen.output).toContain('\u001b[31mcontext shop\u001b[39m: ');
    await screen.type('shop\r');
    expect(await screen.exit()).toBe(0);
    expect(await liveIds(t)).toHaveLength(1);
    const browsing = new TerminalSession(['session', 'browse'], { env: own });
    await browsing.waitFor(/shop: Sessions .*> [0-9a-f]{8}/s);
    await browsing.type('x');
    await browsing.waitFor(/Why\?/);
    await browsing.type('\r');
    await browsing.waitFor(/Type "shop", Enter:/);
    await browsing.type('shop\r');
    await browsing.waitFor(/Revoked 1 session/);
    await browsing.type('q');
    expect(await browsing.exit()).toBe(0);
    expect(await liveIds(t)).toEqual([]);
  });

  it('revoke-all wants the name of the database typed', async () => {
    const screen = new TerminalSession(['session', 'revoke-all'], { env });
    await screen.waitFor(/to go on:/);
    expect(screen.lines.join('\n')).toMatch(/everybody, including yourself/);
    await screen.type(`${t.db.name}\r`);
    expect(await screen.exit()).toBe(0);
    expect(screen.lines.join('\n')).toMatch(/Revoked everybody: 3 sessions/);
    expect(await liveIds(t)).toEqual([]);
    clean(screen);
  });

  it('Ctrl-C at the question changes nothing, exits with 130 and leaves a clean terminal', async () => {
    for (const argv of [['revoke-all'], ['revoke-user', 'bob'], ['revoke', '--user', 'bob']]) {
      const screen = new TerminalSession(['session', ...argv], { env });
      await screen.waitFor(/to go on:|y\/N/);
      await screen.type(CTRL_C);
      expect(await screen.exit(), argv.join(' ')).toBe(130);
      expect(screen.lines.join('\n')).toMatch(/Interrupted\. Nothing was changed\./);
      clean(screen);
    }
    expect(await liveIds(t)).toHaveLength(3);
  });

  it('does what was answered when the connection was ended while the question stood', async () => {
    const screen = new TerminalSession(['session', 'revoke', '--user', 'bob'], { env });
    await screen.waitFor(/y\/N/);
    await t.sql(
      "select pg_terminate_backend(pid, 10000) from pg_stat_activity where application_name = 'tomo' and datname = current_database() and pid <> pg_backend_pid()",
    );
    await screen.type('y\r');
    expect(await screen.exit()).toBe(0);
    expect(screen.lines.join('\n')).toMatch(/Revoked \d sessions?/);
    expect(await liveIds(t)).toHaveLength(1);
    clean(screen);
  });
});

it.each([
  ['help'],
  ['doctor', '--help'],
  ['server', 'list', '--help'],
  ['session', 'list', '--help'],
  ['session', 'revoke-user', '--help'],
  ['user', 'list', '--help'],
])('no line of tomo %s %s %s is longer than the terminal', async (...args) => {
  const screen = new TerminalSession(args.filter(Boolean), { columns: 80 });
  expect(await screen.exit()).toBe(0);
  expect(screen.lines.filter((line) => line.length > 80)).toEqual([]);
});
