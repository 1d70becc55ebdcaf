import { afterAll, beforeAll, expect, it } from 'vitest';
import { aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { proxyTo } from '../support/proxy.ts';
import { TerminalSession } from '../support/spawn.ts';

const CTRL_C = '\u0003';

/** Whatever asks how many are in, or which are not, needs this. */
const SLOW = `create or replace function tomo.kept_out_with_user() returns setof uuid
  language plpgsql stable as $$ begin perform pg_sleep(120); end $$`;

onPostgres('what takes its time on a server', (t) => {
  t.keepsData = true;
  let quick: string;
  beforeAll(async () => {
    await aSession(t, await aUser(t, { username: 'ann' }));
    const [made] = await t.sql<{ def: string }>(
      "select pg_get_functiondef('tomo.kept_out_with_user()'::regprocedure) as def",
    );
    quick = made?.def ?? '';
    await t.sql(SLOW);
  });
  afterAll(() => t.sql(quick));

  const running = () =>
    t.sql(`select query from pg_stat_activity where datname = current_database() and state = 'active'
      and pid <> pg_backend_pid() and query like '%lapsed%'`);

  it.each([
    ['Counting', 'session', 'list', '--count'],
    ['Counting', 'session', 'stats'],
    ['Counting', 'session', 'revoke', '--method', 'password', '--dry-run'],
    ['Counting', 'config', 'set', 'max_sessions_per_user', '3', '--simulate'],
    ['Counting', 'session', 'cleanup', '--dry-run'],
    ['Looking', 'user', 'list', '--sort', 'sessions'],
    ['Looking', 'user', 'list', '--sort', 'sessions', '--all'],
    ['Sorting', 'session', 'list', '--state', 'ended', '--sort', 'user'],
    ['Looking', 'doctor'],
  ])('says that it goes on (%s), and ends on the server, too, at Ctrl-C: %s %s', async (word, ...argv) => {
    const screen = new TerminalSession(argv, { env: { TOMO_DATABASE_URL: t.url } });
    await screen.waitFor(new RegExp(word));
    await expect.poll(running, { timeout: 10_000 }).toHaveLength(1);
    await screen.type(CTRL_C);
    expect(await screen.exit()).not.toBe(0);
    await expect.poll(running, { timeout: 10_000 }).toEqual([]);
  });

  it.each([
    ['user', 'show', 'ann'],
    ['device', 'revoke', '7c1d20aa', '--dry-run'],
    ['config', 'get', 'session_timeout'],
    ['status'],
  ])('a line that has gone silent: %s %s', async (...argv) => {
    const line = await proxyTo(t);
    const screen = (words: RegExp) => {
      const shown = new TerminalSession(argv, { env: { TOMO_DATABASE_URL: line.url } });
      return shown.waitFor(words).then(() => shown);
    };
    line.when(/begin/i, 'before', () => line.silence());
    const asked = await screen(/Waiting for the database/);
    await asked.type(CTRL_C);
    expect(await asked.exit()).not.toBe(0);
    const silent = await screen(/Connecting/);
    await silent.type(CTRL_C);
    expect(await silent.exit()).not.toBe(0);
  });

  it.each([
    ['session', 'browse'],
    ['session', 'list', '--watch'],
    ['session', 'show', '7c1d20aa', '--follow'],
    ['status', '--watch'],
  ])('a line that is silent from the beginning, before there is anything to draw: %s %s', async (...argv) => {
    const line = await proxyTo(t);
    line.silence();
    const screen = new TerminalSession(argv, { env: { TOMO_DATABASE_URL: `${line.url}?connect_timeout=60` } });
    await screen.waitFor(/Connecting/);
    const asked = performance.now();
    await screen.type(CTRL_C);
    expect(await screen.exit()).toBe(130);
    expect(performance.now() - asked).toBeLessThan(6000);
    expect(screen.output).toMatch(/\u001b\[\?25h[^\u001b]*$/);
  });

  it.each([
    ['q', 'session', 'browse'],
    [CTRL_C, 'session', 'list', '--watch'],
  ])('a line that falls silent and is sought again keeps nobody who leaves (%j): %s %s', async (key, ...argv) => {
    const line = await proxyTo(t);
    const screen = new TerminalSession(argv, { env: { TOMO_DATABASE_URL: `${line.url}?connect_timeout=60` } });
    await screen.showing(/ann/);
    const { opened } = line;
    line.silence();
    line.cut();
    await expect.poll(() => line.opened, { timeout: 20_000 }).toBeGreaterThan(opened);
    const asked = performance.now();
    await screen.type(key);
    await screen.exit();
    expect(performance.now() - asked).toBeLessThan(6000);
  });

  it('what was chosen is to be revoked on another line than that of the screen, which has fallen silent', async () => {
    const line = await proxyTo(t);
    const screen = new TerminalSession(['session', 'revoke'], { env: { TOMO_DATABASE_URL: line.url } });
    await screen.showing(/ann/);
    await screen.type(' ');
    line.silence();
    await screen.type('r\r');
    await screen.waitFor(/\u001b\[\?1049l.*Connecting/s);
    await screen.type(CTRL_C);
    await screen.exit();
  });
});
