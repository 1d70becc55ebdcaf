import { beforeEach, expect, it } from 'vitest';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

onPostgres('session revoke-all', (t) => {
  let before: string[];

  beforeEach(async () => {
    const alice = await aUser(t, { username: 'alice' });
    const bob = await aUser(t, { username: 'bob' });
    await aSession(t, alice);
    await aSession(t, alice, { remember: true, idle: 5000, age: 6000 });
    await aSession(t, bob);
    await aSession(t, bob, { idle: 100 });
    before = await liveIds(t);
  });

  const nothingChanged = async () => {
    expect(await liveIds(t)).toEqual(before);
    expect(await t.sql('select id from tomo.revocations union all select id from tomo.audit_log')).toEqual([]);
  };

  it('logs everybody out with --yes and says how many', async () => {
    const { stdout, exitCode } = await run(t, SessionRevokeAll, ['--yes', '--reason', 'restored from backup']);
    expect(exitCode).toBe(0);
    expect(stdout).toBe('Revoked everybody: 3 sessions (revocation 1).\n');
    expect(await liveIds(t)).toEqual([]);
    expect(await t.sql('select scope, reason, sessions::int from tomo.revocations')).toEqual([
      { scope: 'all', reason: 'restored from backup', sessions: 3 },
    ]);
    // that follows from the revocation: no session was written
    expect(await t.sql('select from tomo.sessions where ended_at is not null')).toEqual([]);
    expect(await t.sql('select action, reason from tomo.audit_log')).toEqual([
      { action: 'revoke-all', reason: 'restored from backup' },
    ]);
  });

  it('does not hit a login that comes after it', async () => {
    await run(t, SessionRevokeAll, ['--yes']);
    const [bob] = await t.sql<{ id: string }>("select id from tomo.users where username = 'bob'");
    const later = await aSession(t, bob?.id ?? '', { idle: 0, age: 0 });
    expect(await liveIds(t)).toEqual([later]);
    await run(t, SessionCleanup, []);
    expect(await liveIds(t)).toEqual([later]);
  });

  it.each([[[]], [['--json']], [['--keep', '1234']]])(
    'refuses without a terminal and without --yes: exit 6 (%j)',
    async (more) => {
      const ran = await run(t, SessionRevokeAll, more);
      expect(ran.exitCode).toBe(6);
      expect(ran.stdout + ran.stderr).toMatch(/Refused.*Nothing was changed/);
      await nothingChanged();
    },
  );

  it('warns that it logs out everybody including yourself, and wants the name of the database typed', async () => {
    const { stdout, stderr, exitCode } = await run(t, SessionRevokeAll, [], {
      tty: true,
      answers: [[/Type ".*" to go on/, `${t.db.name}\r`]],
    });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/everybody, including yourself/);
    expect(stderr).toMatch(/3 live sessions of 2 users/);
    expect(stderr).toContain(`Type "${t.db.name}" to go on`);
    expect(stdout).toBe('Revoked everybody: 3 sessions (revocation 1).\n');
    expect(await liveIds(t)).toEqual([]);
  });

  it.each([
    ['y', 'y\r'],
    ['Enter', '\r'],
    ['another name', 'postgres\r'],
    ['a part of the name', 'tom\r'],
  ])('changes nothing when %s is typed instead', async (_, keys) => {
    const { stdout, stderr, exitCode } = await run(t, SessionRevokeAll, [], {
      tty: true,
      answers: [[/to go on/, keys]],
    });
    expect(exitCode).toBe(6);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/Not confirmed\. Nothing was changed\./);
    await nothingChanged();
  });

  it('changes nothing at Ctrl-C: exit 130', async () => {
    const { stderr, exitCode } = await run(t, SessionRevokeAll, [], { tty: true, answers: [[/to go on/, '\u0003']] });
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(/Interrupted\. Nothing was changed\./);
    await nothingChanged();
  });

  it('leaves what is to be kept', async () => {
    const [first = '', second = ''] = before;
    const { stdout, exitCode } = await run(t, SessionRevokeAll, [
      '--keep',
      first,
      '--keep',
      second.slice(0, 13),
      '--yes',
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toBe('Revoked everybody, 2 sessions kept: 1 session (revocation 1).\n');
    expect(await liveIds(t)).toEqual([first, second]);
  });

  it('keeps a session that is named twice once', async () => {
    const [first = ''] = before;
    const { stdout } = await run(t, SessionRevokeAll, ['--keep', first, '--keep', first.toUpperCase(), '--yes']);
    expect(stdout).toMatch(/, 1 session kept: 2 sessions/);
    expect(await liveIds(t)).toEqual([first]);
  });

  it.each([
    ['an unknown session to keep', ['--keep', '12345678'], 4, /no session 12345678/],
    ['another number than expected', ['--expect', '2'], 6, /expected 2 sessions and found 3.*Nothing was changed/],
  ])('refuses %s and changes nothing', async (_, argv, exit, message) => {
    const { stdout, stderr, exitCode } = await run(t, SessionRevokeAll, [...argv, '--yes']);
    expect(exitCode).toBe(exit);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    await nothingChanged();
  });

  it('refuses to keep a session that has ended: it cannot be kept, and nobody is logged out', async () => {
    const [dead] = await t.sql<{ id: string }>('select id from tomo.sessions where id <> all($1::uuid[])', [before]);
    const { stderr, exitCode } = await run(t, SessionRevokeAll, ['--keep', dead?.id ?? '', '--yes']);
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(new RegExp(`not live.*${dead?.id}`));
    await nothingChanged();
  });

  it('changes nothing with --dry-run', async () => {
    const { stdout, exitCode } = await run(t, SessionRevokeAll, ['--dry-run']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/3 live sessions of 2 users/);
    await nothingChanged();
    expect((await run(t, SessionRevokeAll, ['--dry-run', '--keep', before[0] ?? '', '--json'])).json()).toMatchObject({
      dryRun: true,
      sessions: 2,
    });
  });

  it('is done when nobody is in', async () => {
    await run(t, SessionRevokeAll, ['--yes']);
    const { stdout, exitCode } = await run(t, SessionRevokeAll, ['--yes']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/0 sessions/);
  });

  it('answers in JSON', async () => {
    const ran = await run(t, SessionRevokeAll, ['--yes', '--json']);
    expect(ran.json()).toMatchObject({
      schemaVersion: 1,
      revocation: 1,
      revoked: 3,
      kept: 0,
    });
    expect(ran.stderr).toBe('');
  });
});

onPostgres('session revoke-all of very many sessions', (t) => {
  it('counts no further than 10,000, unless a number is expected', async () => {
    const alice = await aUser(t, { username: 'alice' });
    await t.sql('insert into tomo.sessions (user_id) select $1::uuid from generate_series(1, 10001)', [alice]);
    const { stdout, exitCode } = await run(t, SessionRevokeAll, ['--yes']);
    expect(exitCode).toBe(0);
    expect(stdout).toBe('Revoked everybody: more than 10,000 sessions (revocation 1).\n');
    expect(await liveIds(t)).toEqual([]);
    await t.sql('select tomo.restore(1)');
    const counted = await run(t, SessionRevokeAll, ['--yes', '--expect', '10001']);
    expect(counted.stdout).toBe('Revoked everybody: 10,001 sessions (revocation 2).\n');
  });
});
