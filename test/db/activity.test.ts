import { beforeEach, expect, it } from 'vitest';
import { aUser } from '../support/builders.ts';
import { CLUSTER } from '../support/cluster.ts';
import { onBothEngines } from '../support/database.ts';
import { codeFrom, count, one } from './helpers.ts';
import { close, open } from './server-calls.ts';

onBothEngines('record_activity', (t) => {
  let session: string;
  beforeEach(async () => {
    session = (await open(t, await aUser(t))).session_id;
  });
  const record = (...args: unknown[]) =>
    t.sql(`select tomo.record_activity($1, ${args.map((_, i) => `$${i + 2}`).join(', ')})`, [session, ...args]);
  const last = () =>
    one(
      t,
      'select kind, name, path, status, host(ip) as ip from tomo.session_activity order by at desc, path desc limit 1',
    );

  it('keeps pages, API calls and actions, with name or path, status, address and time', async () => {
    await record('page', 'Servers', '/servers', 200, '203.0.113.7');
    expect(await last()).toEqual({ kind: 'page', name: 'Servers', path: '/servers', status: 200, ip: '203.0.113.7' });
    await record('api', null, '/api/v1/servers/7', 404, '::ffff:203.0.113.7');
    expect(await last()).toEqual({
      kind: 'api',
      name: null,
      path: '/api/v1/servers/7',
      status: 404,
      ip: '203.0.113.7',
    });
    await record('action', 'restart server');
    expect(await last()).toEqual({ kind: 'action', name: 'restart server', path: null, status: null, ip: null });
    expect(
      await one(
        t,
        `select bool_and(at between now() - interval '1 minute' and now() + interval '1 minute') as now from tomo.session_activity`,
      ),
    ).toEqual({
      now: true,
    });
    expect(await codeFrom(record('click'))).toBe('23514');
  });

  it.each([
    ['/login?token=secret#top', '/login'],
    ['/a#b?c=secret', '/a'],
    ['/a\n?secret', '/a\n'],
    ['?secret', ''],
    ['/plain', '/plain'],
    [`/${'x'.repeat(100_000)}?secret`, `/${'x'.repeat(499)}`],
    [`/${'\u{1f4a9}'.repeat(600)}`, `/${'\u{1f4a9}'.repeat(499)}`],
  ])('of the path %j keeps no query string and no more than 500 characters', async (path, kept) => {
    await record('page', 'n'.repeat(5000), path);
    expect(await last()).toMatchObject({ path: kept, name: 'n'.repeat(200) });
  });

  it('leaves out a status that HTTP does not have, and takes no time for now', async () => {
    for (const status of [0, 99, 600, -1]) {
      await record('api', null, `/${status}`, status, null, null);
      expect(await last()).toMatchObject({ status: null });
    }
  });

  it('records for sessions that have ended or never were, and is no activity in the sense of the timeout', async () => {
    await t.sql(`update tomo.sessions set last_activity_at = last_activity_at - interval '30 minutes'`);
    const [before] = await t.sql('select last_activity_at::text as at from tomo.sessions');
    await record('page', null, '/');
    expect(await t.sql('select last_activity_at::text as at from tomo.sessions')).toEqual([before]);
    await close(t, session);
    await record('page', null, '/after');
    await t.sql(`select tomo.record_activity(gen_random_uuid(), 'page')`);
    // on a cluster it has no place without a user
    expect(await count(t, 'tomo.session_activity')).toBe(CLUSTER ? 2 : 3);
  });

  it('works where no partition is there for the time, and where one is', async () => {
    t.notOnCluster('each node has its own partitions');
    await t.sql(`select tomo.create_activity_partition(now())`);
    await record('page', null, '/now');
    await record('page', null, '/long ago', 200, null, '2001-02-03');
    await record('page', null, '/far away', 200, null, '2100-02-03');
    expect(
      (
        await t.sql<{ path: string; home: string }>(
          'select path, tableoid::regclass::text as home from tomo.session_activity order by at',
        )
      ).map(({ path, home }) => [path, home === 'tomo.session_activity_default']),
    ).toEqual([
      ['/long ago', true],
      ['/now', false],
      ['/far away', true],
    ]);
  });

  it('goes with the touch in one statement, which records nothing for a session that is not accepted', async () => {
    const request = () =>
      t.sql(
        `select t.accepted, t.reason, tomo.record_activity($1, 'page', null, '/') from tomo.touch_session($1) t where t.accepted`,
        [session],
      );
    expect(await request()).toMatchObject([{ accepted: true, reason: null }]);
    await close(t, session);
    expect(await request()).toEqual([]);
    expect(await count(t, 'tomo.session_activity')).toBe(1);
  });
});
