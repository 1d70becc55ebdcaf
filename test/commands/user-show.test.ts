import { beforeEach, expect, it } from 'vitest';
import UserShow from '../../src/commands/user/show.ts';
import type { UserDetails } from '../../src/domain/user/show.ts';
import { aDevice, aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

onPostgres('user show', (t) => {
  let ann: string;

  beforeEach(async () => {
    ann = await aUser(t, { username: 'ann', role: 'admin' });
  });

  const aLife = async () => {
    await t.sql(`update tomo.users set email = 'ann@example.org'`);
    await t.sql('insert into tomo.user_controls (user_id, max_sessions) values ($1, 5)', [ann]);
    for (let i = 1; i <= 7; i += 1) await aSession(t, ann, { idle: i, age: 10 * i, country: i < 4 ? 'DE' : 'FR' });
    await aSession(t, ann, { idle: 200, age: 300, ended: 120, reason: 'logout', by: 'ann' });
    for (let i = 1; i <= 6; i += 1)
      await aDevice(t, ann, { browser: 'Firefox', os: 'Linux', first: 1000 * i, seen: 100 * i });
    await t.sql(`insert into tomo.alerts (kind, user_id) values ('new_device', $1), ('login', $1)`, [ann]);
    await t.sql(`update tomo.alerts set acknowledged_at = now() where kind = 'login'`);
    await t.sql(
      `insert into tomo.revocations (scope, user_id, actor, reason, epoch) values ('user', $1, '{"osUser": "root", "host": "web-1"}', 'laptop lost', 0)`,
      [ann],
    );
    // somebody else's
    const bob = await aUser(t, { username: 'bob' });
    await aSession(t, bob);
    await aDevice(t, bob);
    await t.sql(`insert into tomo.alerts (kind, user_id) values ('new_device', $1)`, [bob]);
    await t.sql(`insert into tomo.revocations (scope, user_id, actor, epoch) values ('user', $1, '{}', 0)`, [bob]);
  };

  it('tells who that is and what there is of them, the first of each, and what to do next', async () => {
    await aLife();
    const { stdout, stderr, exitCode } = await run(t, UserShow, ['ANN'], { tty: true });
    expect(exitCode).toBe(0);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    for (const fact of [
      /^User +ann$/m,
      /^Role +admin$/m,
      /^E-mail +ann@example\.org$/m,
      /^Status +active$/m,
      /^Sessions +7 live sessions, more than allowed: the next login trims$/m,
      /^Limit +5 \(own limit\)$/m,
      /^Last seen +\d{4}-\d\d-\d\d .* \(1m ago\)$/m,
      /^Last login +\d{4}-\d\d-\d\d .* \(10m ago\)$/m,
      /^Live sessions, the first 5 of 7$/m,
      /^Devices, the first 5 of 6$/m,
      /^ {2}DE {2}last seen .*, first /m,
      /^Latest logins$/m,
      /^Open alerts$/m,
      /^ {2}1 .*never seen before/m,
      /^Latest revocations$/m,
      /^ {2}1 .*root@web-1/m,
    ])
      expect(stdout).toMatch(fact);
    expect(stdout).not.toMatch(/bob|^ {2}2 {2}/m);
    for (const command of [
      'session revoke-user ann',
      'session list --user ann',
      'device list --user ann',
      'alert list --user ann',
    ])
      expect(stderr).toContain(`tomo ${command}\n`);
  });

  it('has all of it as JSON', async () => {
    await aLife();
    const details = (await run(t, UserShow, ['ann', '--json'])).json<UserDetails & { schemaVersion: number }>();
    expect(Object.keys(details)).toEqual([
      'schemaVersion',
      'user',
      'sessions',
      'devices',
      'deviceCount',
      'places',
      'logins',
      'alerts',
      'openAlerts',
      'revocations',
    ]);
    expect(details).toMatchObject({
      deviceCount: 6,
      openAlerts: 1,
      user: { username: 'ann', liveSessions: 7, sessionLimit: 5, overLimit: true },
    });
    const { sessions, devices, places, logins, alerts, revocations } = details;
    expect([sessions, devices, places, logins, alerts, revocations].map((list) => list.length)).toEqual([
      7, 6, 2, 8, 1, 1,
    ]);
    expect(logins.at(-1)).toMatchObject({ endReason: 'logout', state: 'logged-out' });
    expect(revocations[0]).toMatchObject({ username: 'ann', reason: 'laptop lost' });
  });

  it('has little to say of a user who was never here', async () => {
    await aUser(t, { username: 'eve', active: false });
    const { stdout, stderr, exitCode } = await run(t, UserShow, ['eve'], { tty: true });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Status +inactive: may not log in$/m);
    expect(stdout).toMatch(/^Limit +unlimited \(setting max_sessions_per_user\)$/m);
    expect(stdout).toMatch(/^Last seen +never$/m);
    expect(stdout).not.toMatch(/Live sessions|Devices|Places|Latest|alerts/);
    expect(stderr).toBe('');
  });

  it.each(['\u{1f600}x', '\u{1f600}', '%', "'"])('says that there is no user %j', async (name) => {
    const { stderr, exitCode } = await run(t, UserShow, [name]);
    expect({ stderr, exitCode }).toEqual({ stderr: `Error: There is no user "${name}".\n`, exitCode: 4 });
  });

  it('knows who was meant', async () => {
    const { stdout, stderr, exitCode } = await run(t, UserShow, ['anm']);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 4 });
    expect(stderr).toMatch(/There is no user "anm"\.\nDid you mean ann\?/);
  });
});
