import { beforeEach, expect, it } from 'vitest';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { TerminalSession, tomo } from '../support/spawn.ts';

onPostgres('session browse', (t) => {
  let env: NodeJS.ProcessEnv;
  let ids: string[];
  beforeEach(async () => {
    await t.empty();
    env = { TOMO_DATABASE_URL: t.url };
    const [alice, bob] = [await aUser(t, { username: 'alice' }), await aUser(t, { username: 'bob' })];
    ids = [await aSession(t, alice), await aSession(t, alice, { idle: 2 }), await aSession(t, bob, { idle: 3 })];
  });

  it('searches, revokes what is marked after a yes, undoes it, and leaves the screen as it was', async () => {
    const screen = new TerminalSession(['session', 'browse'], { env });
    await screen.waitFor(/bob/);
    await screen.type('/alice');
    await screen.waitFor(/\/ alice_/);
    await screen.type('\r');
    await screen.type('  x');
    await screen.waitFor(/Why\?/);
    await screen.type('stolen\r');
    await screen.waitFor(/Revoke 2 sessions of alice\? y\/N/);
    expect(await liveIds(t)).toHaveLength(3);
    await screen.type('y');
    await screen.waitFor(/Revoked 2 sessions \(revocation 1\)/);
    expect(await liveIds(t)).toEqual([ids[2]]);
    expect(await t.sql('select reason from tomo.revocations')).toEqual([{ reason: 'stolen' }]);
    await screen.type('u');
    await screen.waitFor(/2 sessions live again/);
    expect(await liveIds(t)).toHaveLength(3);
    await screen.type('q');
    expect(await screen.exit()).toBe(0);
    expect(screen.output).toContain('\u001b[?1049h');
    expect(screen.output.lastIndexOf('\u001b[?1049l')).toBeGreaterThan(screen.output.lastIndexOf('\u001b[?1049h'));
    expect(screen.output.lastIndexOf('\u001b[?25h')).toBeGreaterThan(screen.output.lastIndexOf('\u001b[?25l'));
  });

  it('goes on when the connection was lost', async () => {
    const screen = new TerminalSession(['session', 'browse'], { env });
    await screen.waitFor(/bob/);
    await t.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tomo' and pid <> pg_backend_pid() and datname = current_database()`,
    );
    await aSession(t, await aUser(t, { username: 'zoe' }), { idle: 0 });
    await screen.type('r');
    await screen.type('r');
    await screen.waitFor(/zoe/);
    await screen.type('\u0003');
    expect(await screen.exit()).toBe(0);
  });

  it('tells what is wrong before it takes the screen, and needs one', async () => {
    const piped = await tomo(['session', 'browse'], { env });
    expect(piped).toMatchObject({ exitCode: 2, stdout: '' });
    expect(piped.stderr).toContain('tomo session list');
    const screen = new TerminalSession(['session', 'browse', '--search', 'user:nobody'], { env });
    expect(await screen.exit()).toBe(4);
    expect(screen.output).toContain('There is no user "nobody"');
    expect(screen.output).not.toContain('\u001b[?1049h');
  });
});
