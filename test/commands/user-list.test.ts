import { expect, it } from 'vitest';
import UserList from '../../src/commands/user/list.ts';
import type { User } from '../../src/model/user.ts';
import { aWorld } from '../db/selection-world.ts';
import { aDevice, aSession, aUser } from '../support/builders.ts';
import { onBothEngines } from '../support/database.ts';
import { allPages } from '../support/pages.ts';
import { run } from '../support/run.ts';

onBothEngines('user list', (t) => {
  const list = async (...argv: string[]) => {
    const ran = await run(t, UserList, argv);
    expect(ran.exitCode, ran.stderr).toBe(0);
    return ran;
  };
  const users = async (...argv: string[]) => (await list('--json', ...argv)).json<{ users: User[] }>().users;
  const names = async (...argv: string[]) => (await users(...argv)).map((user) => user.username);

  /**
   * ann: 3 sessions over her limit of 2; Bob: 1; carl: inactive; dora: none, and not seen for two days; Eve: never.
   */
  const aCompany = async () => {
    const ann = await aUser(t, { username: 'ann', role: 'admin' });
    const bob = await aUser(t, { username: 'Bob' });
    const carl = await aUser(t, { username: 'carl', active: false });
    const dora = await aUser(t, { username: 'dora', role: 'readonly' });
    await aUser(t, { username: 'Eve' });
    await t.sql(`update tomo.users set email = lower(username) || '@example.org' where username <> 'Eve'`);
    for (const idle of [5, 6, 7]) await aSession(t, ann, { idle, age: 100 });
    await aSession(t, ann, { idle: 300, age: 301 });
    await aSession(t, bob, { idle: 2, age: 30 });
    await aSession(t, bob, { idle: 1, age: 60, ended: 1 });
    await aSession(t, carl, { idle: 3 });
    await aDevice(t, dora, { first: 9000, seen: 2880 });
    await t.sql('insert into tomo.user_controls (user_id, max_sessions) values ($1, 2)', [ann]);
  };

  it('says of each user how many live sessions, of how many allowed, and when they were here', async () => {
    await aCompany();
    const [ann, bob, carl, dora, eve] = await users();
    const ago = (minutes: number) => expect.closeTo(Date.now() - minutes * 60_000, -5);
    const seen = (user: User | undefined) => ({
      ...user,
      lastSeenAt: Date.parse(user?.lastSeenAt ?? ''),
      lastLoginAt: Date.parse(user?.lastLoginAt ?? ''),
    });
    expect(seen(ann)).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      username: 'ann',
      email: 'ann@example.org',
      role: 'admin',
      active: true,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      liveSessions: 3,
      sessionLimit: 2,
      limitOrigin: 'own',
      overLimit: true,
      lastSeenAt: ago(5),
      lastLoginAt: ago(100),
    });
    // seen later in a session that has ended, logged in later in one that has not
    expect(seen(bob)).toMatchObject({
      liveSessions: 1,
      sessionLimit: null,
      limitOrigin: 'setting',
      overLimit: false,
      lastSeenAt: ago(1),
      lastLoginAt: ago(30),
    });
    expect(carl).toMatchObject({ active: false, liveSessions: 0 });
    expect(seen(dora)).toMatchObject({ liveSessions: 0, lastSeenAt: ago(2880), lastLoginAt: ago(2880) });
    expect(eve).toMatchObject({ email: null, lastSeenAt: null, lastLoginAt: null });
  });

  it('counts as live exactly what is live, whatever has ended the rest', async () => {
    await aWorld(t);
    await t.sql(
      `insert into tomo.user_controls (user_id, epoch, min_epoch) select id, 1, 1 from tomo.users where username = 'bob'`,
    );
    await t.sql('update tomo.settings set session_max_lifetime = 1100');
    const live = await t.sql<{ username: string; n: number }>(
      `select u.username, count(l.id)::int as n from tomo.users u left join tomo.live_sessions l on l.user_id = u.id group by 1 order by 1`,
    );
    expect(live.map(({ n }) => n > 0)).toEqual([true, false, false]);
    for (const sort of ['name', 'sessions', 'seen']) {
      const found = (await users('--sort', sort)).map(({ username, liveSessions }) => ({ username, n: liveSessions }));
      expect(found.toSorted((a, b) => (a.username < b.username ? -1 : 1))).toEqual(live);
    }
    expect(await names('--with-sessions')).toEqual(['Alice']);
  });

  it.each([
    ['name', ['ann', 'Bob', 'carl', 'dora', 'Eve']],
    ['sessions', ['ann', 'Bob', 'carl', 'dora', 'Eve']],
    ['seen', ['Bob', 'carl', 'ann', 'dora', 'Eve']],
  ])('is in the order of %s, page by page and all at once', async (sort, expected) => {
    await aCompany();
    expect(await names('--sort', sort)).toEqual(expected);
    const paged = await allPages<User>((...argv) => list('--sort', sort, '--limit', '2', ...argv), 'users');
    expect(paged.map(({ username }) => username)).toEqual(expected);
    const all = (await list('--sort', sort, '--output', 'ndjson')).stdout.trimEnd().split('\n');
    expect(all.map((line) => JSON.parse(line))).toEqual(
      (await users('--sort', sort)).map((user) => ({ schemaVersion: 1, ...user })),
    );
  });

  it.each([
    [
      ['--role', 'admin', '--role', 'readonly'],
      ['ann', 'dora'],
    ],
    [['--inactive'], ['carl']],
    [['--active'], ['ann', 'Bob', 'dora', 'Eve']],
    [['--with-sessions'], ['ann', 'Bob']],
    [['--over-limit'], ['ann']],
    [['AN'], ['ann']],
    [['--name', 'B@EXAMPLE'], ['Bob']],
    [['%'], []],
    [['--active', '--role', 'user', '--with-sessions'], ['Bob']],
  ])('selects with %j', async (argv, expected) => {
    await aCompany();
    for (const sort of ['name', 'sessions', 'seen'])
      expect((await names(...argv, '--sort', sort)).toSorted()).toEqual(expected.toSorted());
    expect((await list(...argv, '--count')).stdout).toBe(`${expected.length}\n`);
  });

  it('goes into a pipe as exact values, and names alone for a script', async () => {
    await aCompany();
    const { stdout } = await list('--columns', 'user,status,sessions,limit,over');
    expect(stdout).toBe(
      'ann\tactive\t3\t2\ttrue\nBob\tactive\t1\tunlimited\tfalse\ncarl\tinactive\t0\tunlimited\tfalse\ndora\tactive\t0\tunlimited\tfalse\nEve\tactive\t0\tunlimited\tfalse\n',
    );
    await t.sql('update tomo.settings set max_sessions_per_user = 4');
    const table = await run(t, UserList, ['--sort', 'sessions'], { tty: true });
    expect(table.stdout.split('\n')[1]).toMatch(/^ann +admin +active +3 +2 \(own\) ! +5m ago +1h ago$/);
    expect(table.stdout.split('\n')[2]).toMatch(/^Bob +user +active +1 +4 +1m ago +30m ago$/);
  });

  it('keeps names that sort and fold in their own way apart', async () => {
    const odd = ['Zoë', 'ärni', 'ZOE', "o'neil", 'a b', '100%_\\', 'ÄRA', '東京', 'İ'];
    for (const username of odd) await aUser(t, { username });
    const order = await names();
    expect(order.toSorted()).toEqual(odd.toSorted());
    const paged = await allPages<User>((...argv) => list('--limit', '1', ...argv), 'users');
    expect(paged.map(({ username }) => username)).toEqual(order);
    expect(await names('100%_')).toEqual(['100%_\\']);
  });

  it('says so when there is nobody', async () => {
    expect(await list()).toMatchObject({ stdout: '', stderr: expect.stringContaining('No users.') });
    await aCompany();
    expect(await list('nobody')).toMatchObject({ stdout: '', stderr: expect.stringContaining('No users match.') });
  });
});
