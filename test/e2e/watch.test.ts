import { spawn } from 'node:child_process';
import { beforeEach, expect, it, vi } from 'vitest';
import { aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { PATIENCE } from '../support/patience.ts';
import { PROGRAM, TerminalSession, tomo } from '../support/spawn.ts';
import { aToken, KEY_ENV } from '../support/tokens.ts';

onPostgres('session stats --watch and status --watch', (t) => {
  it.each([[['session', 'stats', '--watch', '--interval', '1s']], [['status', '-w', '--interval', '1s']]])(
    'draw what happens, find a lost connection again, and end with 0: %j',
    async (args) => {
      const alice = await aUser(t, { username: 'alice' });
      const screen = new TerminalSession(args, { env: { TOMO_DATABASE_URL: t.url, NO_COLOR: '1' }, columns: 100 });
      await screen.showing(/0 live sessions[\s\S]*Logins +0 +0 +0 /);
      await t.sql(`select tomo.open_session($1, '198.51.100.7')`, [alice]);
      await screen.showing(/1 live session [\s\S]*Logins[\s\S]*alice [\s\S]*198\.51\.100\.7/);
      await t.sql(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tomo' and pid <> pg_backend_pid() and datname = current_database()`,
      );
      screen.resize(80, 24);
      await t.sql('select tomo.revoke_user($1)', [alice]);
      await screen.showing(/0 live sessions[\s\S]*Revocations +\d +[\d.]+ +1 /);
      await screen.type('\u0003');
      expect(await screen.exit()).toBe(0);
      expect(screen.output.slice(screen.output.lastIndexOf('\u001b[?1049l'))).toMatch(/Revocations/);
    },
  );

  it.each([
    ['session', 'stats'],
    ['session', 'list'],
  ])('%s %s --watch gives the shell its screen back at Ctrl-Z, and is drawn again by fg', async (...words) => {
    const env = { TOMO_DATABASE_URL: t.url, NO_COLOR: '1' };
    const screen = new TerminalSession([...words, '--watch', '--interval', '1m'], { env, shell: true, columns: 100 });
    await screen.waitFor(/1049h[\s\S]*Ctrl-C ends/);
    await screen.type('\u001a');
    await screen.waitFor(/25h[\s\S]*1049l[\s\S]*Stopped/);
    await screen.type('echo $((6*7))\r');
    await screen.waitFor(/\r42/);
    await screen.type('fg\r');
    await screen.waitFor(/\r42[\s\S]*1049h[\s\S]*Ctrl-C ends/);
    await screen.type('\u0003');
    await screen.waitFor(/\r42[\s\S]*1049h[\s\S]*1049l/);
    await screen.type('exit\r');
    expect(await screen.exit()).toBe(0);
  });

  it('need a terminal, and say what there is for a program', async () => {
    for (const args of [
      ['status', '--watch'],
      ['session', 'stats', '--watch', '--json'],
    ]) {
      const { exitCode, stdout, stderr } = await tomo(args, { env: { TOMO_DATABASE_URL: t.url } });
      expect([exitCode, stdout + stderr]).toEqual([2, expect.stringContaining('--json')]);
    }
  });
});

onPostgres('session list --watch', (t) => {
  let env: NodeJS.ProcessEnv;
  let alice: string;
  beforeEach(async () => {
    env = { TOMO_DATABASE_URL: t.url, NO_COLOR: '1' };
    alice = await aUser(t, { username: 'alice' });
    await aSession(t, alice);
  });

  it('marks what is new and what has ended, survives a lost connection, and leaves the terminal as it was', async () => {
    const screen = new TerminalSession(['session', 'list', '--watch', '--interval', '1s'], { env, columns: 100 });
    await screen.waitFor(/1 session {2}tomo session list/);
    await t.sql(`select tomo.open_session($1, '198.51.100.7')`, [await aUser(t, { username: 'zoe' })]);
    await screen.waitFor(/\+ [0-9a-f]{8} {2}zoe/);
    await t.sql('select tomo.revoke_user($1)', [alice]);
    await screen.waitFor(/- [0-9a-f]{8} {2}alice/);
    await t.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tomo' and pid <> pg_backend_pid() and datname = current_database()`,
    );
    await t.sql(`select tomo.open_session($1, '198.51.100.8')`, [await aUser(t, { username: 'yves' })]);
    await screen.waitFor(/yves/);
    await screen.type('\u0003');
    expect(await screen.exit()).toBe(0);
    // the cursor, hidden while it draws, is shown again
    expect(screen.output.lastIndexOf('\u001b[?25h')).toBeGreaterThan(screen.output.lastIndexOf('\u001b[?25l'));
    // and what was there last stays
    expect(screen.output.slice(screen.output.lastIndexOf('\u001b[?1049l'))).toMatch(/yves/);
  });

  it('writes events for a script, a line each', async () => {
    const [file, ...before] = PROGRAM;
    const child = spawn(file, [...before, 'session', 'list', '-w', '--interval', '1s', '-o', 'ndjson'], {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    const events = () =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as { event: string; session: { id: string; endReason: string | null } });
    const has = (event: string, id: string) =>
      vi.waitUntil(() => events().some((found) => found.event === event && found.session.id === id), PATIENCE);
    const [first] = await t.sql<{ id: string }>('select id from tomo.sessions');
    await has('snapshot', first?.id ?? '');
    const [opened] = await t.sql<{ id: string }>(`select session_id as id from tomo.open_session($1, '198.51.100.7')`, [
      alice,
    ]);
    await has('started', opened?.id ?? '');
    await t.sql(`update tomo.sessions set last_activity_at = now() where id = $1`, [first?.id]);
    await has('changed', first?.id ?? '');
    await t.sql('select tomo.revoke_sessions(array[$1]::uuid[])', [first?.id]);
    await has('ended', first?.id ?? '');
    expect(events().find(({ event }) => event === 'ended')?.session.endReason).toBe('revoked');
    child.kill('SIGINT');
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
  });

  it('ends when the operator whom TOMO_TOKEN names may not look any more', async () => {
    const own = await aSession(t, await aUser(t, { username: 'root', role: 'admin' }));
    const acting = { ...env, ...KEY_ENV, TOMO_TOKEN: await aToken(t, own) };
    const screen = new TerminalSession(['session', 'list', '--watch', '--interval', '1s'], {
      env: acting,
      columns: 100,
    });
    await screen.waitFor(/2 sessions/);
    await t.sql('select tomo.revoke_sessions(array[$1]::uuid[])', [own]);
    expect(await screen.exit()).toBe(3);
    expect(screen.output).toContain('TOMO_TOKEN is not accepted');
  });

  it('refuses where it could draw nothing, and says what to do', async () => {
    const { stderr, exitCode } = await tomo(['session', 'list', '--watch'], { env });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--watch --output ndjson');
  });
});
