import { hostname } from 'node:os';
import { beforeEach, expect, it } from 'vitest';
import SessionRestore from '../../src/commands/session/restore.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import type { RestoreReport } from '../../src/domain/revocation/restore.ts';
import { revokeAllSql, revokeUserSql } from '../db/helpers.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

onPostgres('session restore', (t) => {
  let alice: string;
  let bob: string;
  beforeEach(async () => {
    alice = await aUser(t, { username: 'alice' });
    bob = await aUser(t, { username: 'bob' });
  });

  const restore = async (revocation: number, ...flags: string[]) =>
    (await run(t, SessionRestore, [String(revocation), '--json', ...flags])).json<RestoreReport>();

  it('undoes each kind of revocation by the number that the command printed', async () => {
    const ids = [await aSession(t, alice), await aSession(t, alice)].sort();
    for (const [command, argv] of [
      [SessionRevoke, ids],
      [SessionRevokeUser, ['alice']],
      [SessionRevokeAll, ['--yes']],
    ] as const) {
      const revoked = await run(t, command, [...argv]);
      expect(await liveIds(t)).toEqual([]);
      const [, number = ''] = /tomo session restore (\d+)/.exec(revoked.stderr) ?? [];
      const { stdout, exitCode } = await run(t, SessionRestore, [number]);
      expect(exitCode).toBe(0);
      expect(stdout).toBe(`Restored revocation ${number}: 2 sessions live again.\n`);
      expect(await liveIds(t)).toEqual(ids);
    }
  });

  /** Every reason to stay dead, of sessions that a revoke-all has ended. */
  async function everyReason(): Promise<{ revocation: number; ids: Record<string, string>; newer: number[] }> {
    const users = {
      carol: await aUser(t, { username: 'carol' }),
      dave: await aUser(t, { username: 'dave' }),
      eve: await aUser(t, { username: 'eve' }),
    };
    const ids = {
      back: await aSession(t, alice),
      idle: await aSession(t, alice, { idle: 10 }),
      old: await aSession(t, bob, { age: 200 }),
      remembered: await aSession(t, bob, { remember: true, idle: 300, age: 310 }),
      again: await aSession(t, users.carol),
      inactive: await aSession(t, users.dave),
      gone: await aSession(t, users.eve),
      before: await aSession(t, alice, { idle: 61 }),
    };
    const revocation = await revokeAllSql(t);
    const newer = [(await revokeUserSql(t, users.carol)).revocation, (await revokeUserSql(t, users.carol)).revocation];
    await t.sql('update tomo.users set is_active = false where id = $1', [users.dave]);
    // an hour passes for some
    await t.sql(`update tomo.revocations set at = at - interval '1 hour'`);
    await t.sql(`update tomo.sessions set last_activity_at = last_activity_at - interval '1 hour' where id = any($1)`, [
      [ids.idle, ids.before],
    ]);
    await t.sql('update tomo.settings set session_max_lifetime = 180');
    await t.sql(`update tomo.sessions set created_at = now() - interval '2 hours' where id = $1`, [ids.remembered]);
    await t.sql('delete from tomo.users where id = $1', [users.eve]);
    return { revocation, ids, newer };
  }

  it('says of each session that stays dead why, before and after the same', async () => {
    const { revocation, ids, newer } = await everyReason();
    const forecast = await restore(revocation, '--dry-run');
    expect(await liveIds(t)).toEqual([]);
    const report = await restore(revocation);
    expect(await liveIds(t)).toEqual([ids.back, ids.remembered].sort());
    expect(report).toMatchObject({
      revocation,
      live: 2,
      dead: { idle: 1, lifetime: 1, 'user-inactive': 1, revoked: 1, deleted: 1 },
      newer: newer.map((id) => ({ revocation: id, sessions: 1, restorable: true })),
      sessionsComplete: true,
      dryRun: false,
    });
    expect(Object.fromEntries(report.sessions.map((s) => [s.id, [s.username, s.reason, s.revocations]]))).toEqual({
      [ids.idle ?? '']: ['alice', 'idle', []],
      [ids.old ?? '']: ['bob', 'lifetime', []],
      [ids.inactive ?? '']: ['dave', 'user-inactive', []],
      [ids.again ?? '']: ['carol', 'revoked', newer],
    });
    expect(forecast).toEqual({ ...report, dryRun: true });
  });

  it('tells a person in numbers, with the first of them and the way on', async () => {
    const { revocation, ids, newer } = await everyReason();
    const { stdout } = await run(t, SessionRestore, [String(revocation)], { tty: true });
    const [id] = [ids.again?.slice(0, 8)];
    expect(stdout.split('\n').slice(0, 7)).toEqual([
      `Restored revocation ${revocation}: 2 sessions live again. 5 stay dead:`,
      '  1  expired: idle for too long',
      '  1  expired: older than the absolute lifetime',
      '  1  of a user who is not active',
      `  1  also revoked by revocation ${newer[0]} (tomo session restore ${newer[0]}), ${newer[1]} (tomo session`,
      `     restore ${newer[1]})`,
      '  1  deleted since, by a cleanup or with their user',
    ]);
    expect(stdout).toMatch(new RegExp(`^${id} +carol +- +203.0.113.7 +revocation ${newer.join(', ')}$`, 'm'));
  });

  it('tells sessions of a restored one that are held by an older one from its own', async () => {
    await aSession(t, alice);
    await revokeAllSql(t);
    const second = await aSession(t, alice);
    const newer = await revokeAllSql(t);
    // the first login is dead by both, and ended by the older one
    expect(await restore(newer)).toMatchObject({ live: 1, dead: { revoked: 0 }, newer: [] });
    expect(await liveIds(t)).toEqual([second]);
  });

  it('leaves one that brings nobody back as it is, says why, and can be repeated until it does', async () => {
    const [idle, gone] = [await aSession(t, alice), await aSession(t, alice)];
    await revokeUserSql(t, alice);
    await t.sql(`update tomo.revocations set at = at - interval '2 hours'`);
    await t.sql(
      `update tomo.sessions set created_at = now() - interval '3 hours', last_activity_at = now() - interval '2 hours'`,
    );
    await t.sql(`update tomo.sessions set last_activity_at = now() - interval '121 minutes' where id = $1`, [gone]);
    await t.sql('delete from tomo.sessions where id = $1', [gone]);
    const row = () => t.sql('select * from tomo.revocations');
    const before = await row();
    for (const flags of [[], [], ['--dry-run']]) {
      const { stdout, exitCode } = await run(t, SessionRestore, ['1', ...flags]);
      expect(exitCode).toBe(flags.length > 0 ? 0 : 6);
      expect(stdout).toContain(
        `${flags.length > 0 ? 'Would leave' : 'Left'} revocation 1 as it is, since nobody comes back: 0 sessions live again. 2 stay dead:\n` +
          '  1  expired: idle for too long\n  1  deleted since, by a cleanup or with their user\n',
      );
    }
    expect(await row()).toEqual(before);
    await t.sql(`update tomo.sessions set last_activity_at = now() where id = $1`, [idle]);
    expect(await restore(1)).toMatchObject({ restored: true, live: 1 });
    expect(await liveIds(t)).toEqual([idle]);
  });

  it('leaves one as it is whose sessions another one keeps out for good', async () => {
    const id = await aSession(t, alice);
    await aSession(t, bob);
    await run(t, SessionRevoke, [id]);
    await revokeUserSql(t, alice, { compromised: true });
    expect((await run(t, SessionRestore, ['1'])).exitCode).toBe(6);
    expect(await t.sql('select id from tomo.revocations where restored_at is not null')).toEqual([]);
    // one whom nothing else keeps out is enough
    await revokeAllSql(t);
    expect(await restore(3)).toMatchObject({ restored: true, live: 1 });
  });

  it('lets those in whom several keep out once all are restored, in any order', async () => {
    for (const order of [
      [1, 2],
      [2, 1],
    ]) {
      await t.empty();
      const id = await aSession(t, await aUser(t, { username: 'alice' }));
      await run(t, SessionRevokeUser, ['alice']);
      await revokeAllSql(t);
      for (const revocation of order) expect(await restore(revocation)).toMatchObject({ restored: true });
      expect(await liveIds(t)).toEqual([id]);
    }
  });

  it('takes the latest one of the operator that stands, says which, and asks on a terminal', async () => {
    const mine = await aSession(t, alice);
    await run(t, SessionRevokeUser, ['alice', '--reason', 'wrong one']);
    await aSession(t, bob);
    await run(t, SessionRevokeUser, ['bob', '--compromised', '--yes']);
    await t.sql(`update tomo.revocations set actor = actor || '{"host": "elsewhere"}' where id = 2`);
    const last = (answer: string, ...flags: string[]) =>
      run(t, SessionRestore, ['--last', ...flags], { tty: true, answers: [[/Restore it\?/, answer]] });
    const which = /Your last revocation is 1: alice, 1 session, (just now|\d+s ago), "wrong one"\./;
    const no = await last('n\r');
    expect(no).toMatchObject({ exitCode: 6, stderr: expect.stringMatching(which) });
    expect(await liveIds(t)).toEqual([]);
    const dry = await run(t, SessionRestore, ['--last', '--dry-run']);
    expect(dry).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(which) });
    expect((await last('y\r')).stdout).toMatch(/^Restored revocation 1: 1 session live again\./m);
    expect(await liveIds(t)).toEqual([mine]);
    expect(await run(t, SessionRestore, ['--last'])).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('no revocation of yours that is not restored'),
    });
    // the latest and no other, or who has just barred a thief would let an earlier one in
    await t.sql(`update tomo.revocations set actor = actor || $1 where id = 2`, [JSON.stringify({ host: hostname() })]);
    for (const tty of [false, true])
      expect(await run(t, SessionRestore, ['--last'], { tty })).toMatchObject({
        exitCode: 6,
        stderr: expect.stringMatching(/revocation 2 was made for a compromise/),
      });
    for (const argv of [[], ['1', '--last']])
      expect(await run(t, SessionRestore, argv)).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('Give the number of a revocation, or --last.'),
      });
  });

  it('names up to a thousand sessions, and above that counts', async () => {
    await t.sql(`insert into tomo.sessions (user_id) select $1::uuid from generate_series(1, 1001)`, [alice]);
    await t.sql('select tomo.revoke_sessions(array(select id from tomo.sessions))');
    await t.sql(
      `update tomo.sessions set created_at = now() - interval '3 hours', last_activity_at = now() - interval '2 hours'`,
    );
    await t.sql(`update tomo.revocations set at = at - interval '90 minutes'`);
    const report = await restore(1, '--dry-run');
    expect(report).toMatchObject({ live: 0, dead: { idle: 1001 }, sessionsComplete: false });
    expect(report.sessions).toHaveLength(1000);
  });

  it('of very many looks first at those who were active last, and does not tell what it has not looked at', async () => {
    await t.sql(
      `insert into tomo.sessions (user_id, created_at, last_activity_at)
       select $1::uuid, now() - interval '3 days', now() - interval '2 days' from generate_series(1, 10001)`,
      [alice],
    );
    const id = await aSession(t, alice);
    await run(t, SessionRevokeAll, ['--yes']);
    expect((await run(t, SessionRestore, ['1', '--dry-run'])).stdout).toBe(
      'Would restore revocation 1: 1 session live again.\n',
    );
    expect((await run(t, SessionRestore, ['1'])).stdout).toBe(
      'Restored revocation 1: at least 1 session live again.\n',
    );
    expect(await liveIds(t)).toEqual([id]);
    await t.sql('delete from tomo.sessions where id = $1', [id]);
    await run(t, SessionRevokeAll, ['--yes']);
    expect((await run(t, SessionRestore, ['2'])).stdout).toBe(
      'Restored revocation 2: nobody of those looked at is live again; there are more.\n',
    );
  });

  it('refuses what was done for a compromise, is too old, undone already or of an inactive user, and changes nothing', async () => {
    const id = await aSession(t, alice);
    await run(t, SessionRevokeUser, ['alice', '--compromised', '--yes']);
    const refused = async (message: string) => {
      for (const flags of [[], ['--dry-run']]) {
        const { stderr, exitCode } = await run(t, SessionRestore, ['1', ...flags]);
        expect({ exitCode, stderr }).toEqual({ exitCode: 6, stderr: expect.stringContaining(message) });
      }
      expect(await liveIds(t)).toEqual([]);
    };
    await refused('made for a compromise');
    await t.sql(`update tomo.revocations set compromised = false, at = now() - interval '25 hours'`);
    await refused('older than 24 hours');
    await t.sql('update tomo.revocations set at = now()');
    await t.sql('update tomo.users set is_active = false');
    await refused('alice, who is not active');
    t.notOnCluster('no trigger watches it there');
    await t.sql('update tomo.users set is_active = true');
    // the deactivation is a revocation of its own
    expect(await restore(1)).toMatchObject({
      live: 0,
      dead: { revoked: 1 },
      newer: [{ revocation: 2, sessions: 1, restorable: true }],
    });
    await refused('already restored: by ');
    expect((await run(t, SessionRestore, ['1'])).stderr).toMatch(/: by \S+ at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\. /);
    await restore(2);
    expect(await liveIds(t)).toEqual([id]);
  });

  it.each([
    ['99', 4, 'no revocation 99'],
    ['abc', 2, '"abc" is not the number of a revocation'],
  ])('answers %s with exit %i', async (argument, code, message) => {
    const { exitCode, stderr } = await run(t, SessionRestore, [argument]);
    expect(exitCode).toBe(code);
    expect(stderr).toContain(message);
  });
});
