import { beforeEach, expect, it } from 'vitest';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';
import { gateOnSessions } from './gate.ts';

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
    expect(await t.sql('select count(*)::int as n from tomo.sessions where ended_at is null')).toEqual([{ n: 0 }]);
    expect(await t.sql('select scope, reason, marked::int from tomo.revocations')).toEqual([
      { scope: 'all', reason: 'restored from backup', marked: 3 },
    ]);
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
      marking: { done: true, interrupted: false },
    });
    expect(ran.stderr).toBe('');
  });
});

onPostgres('session revoke-all of 25,000 sessions', (t) => {
  beforeEach(async () => {
    const alice = await aUser(t, { username: 'alice' });
    await t.sql(
      'insert into tomo.sessions (user_id, remember_me) select $1::uuid, i % 3 = 0 from generate_series(1, 25000) i',
      [alice],
    );
  });

  it('has nobody in as soon as the marking begins; interrupted there it exits with 130, and cleanup finishes', async () => {
    const [other, mine] = [await t.connect(), await t.connect()];
    const gate = await gateOnSessions(other, 'update', 2);
    let press = () => {};
    const running = run({ ...t, db: mine }, SessionRevokeAll, ['--yes'], {
      interrupt: (callback) => (press = callback),
    });
    await gate.reached();
    expect(await liveIds(t)).toEqual([]);
    press();
    await gate.open();
    const { stdout, stderr, exitCode } = await running;
    expect(exitCode).toBe(130);
    expect(stdout).toMatch(/^Revoked everybody: [\d,]+ sessions so far \(revocation 1\)\.$/m);
    expect(stderr).toMatch(/out already.*tomo session cleanup/s);
    await other.query('drop table public.gate; drop function public.wait_at_gate cascade');

    const unmarked = async () =>
      (await t.sql<{ n: number }>('select count(*)::int as n from tomo.sessions where ended_at is null'))[0]?.n ?? 0;
    const left = await unmarked();
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(25_000);
    expect(await liveIds(t)).toEqual([]);
    const cleanup = await run(t, SessionCleanup, []);
    expect(cleanup.stdout).toContain(`${left.toLocaleString('en')} revoked sessions marked`);
    expect(await unmarked()).toBe(0);
    expect(
      await t.sql(
        'select count(distinct ended_at)::int as moments, count(*)::int as n from tomo.sessions where revocation_id = 1',
      ),
    ).toEqual([{ moments: 1, n: 25_000 }]);
  });

  it('says that nothing is left when nobody interrupts', async () => {
    const { stdout, stderr, exitCode } = await run(t, SessionRevokeAll, ['--yes']);
    expect(exitCode).toBe(0);
    expect(stdout).toBe('Revoked everybody: 25,000 sessions (revocation 1).\n');
    expect(stderr).not.toMatch(/cleanup/);
  });
});
