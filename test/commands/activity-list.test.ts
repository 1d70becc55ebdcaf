import { beforeEach, expect, it } from 'vitest';
import ActivityExport from '../../src/commands/activity/export.ts';
import ActivityList from '../../src/commands/activity/list.ts';
import type { ActivityEntry } from '../../src/model/activity.ts';
import { aSession, aUser } from '../support/builders.ts';
import { CLUSTER } from '../support/cluster.ts';
import { onBothEngines } from '../support/database.ts';
import { allPages } from '../support/pages.ts';
import { run } from '../support/run.ts';

const ANN = '3f2a9c41-0000-4000-8000-000000000001';
const BOB = '3f2b0000-0000-4000-8000-000000000002';
const DELETED = 'dead0000-0000-4000-8000-000000000003';
/** Who is not known any more: a cluster keeps nothing without a user. */
const NOBODY = CLUSTER ? 'dead0000-0000-4000-8000-000000000004' : null;
const NOW = new Date('2026-03-10T12:00:00Z');

onBothEngines('activity', (t) => {
  beforeEach(async () => {
    await aSession(t, await aUser(t, { username: 'ann' }), { id: ANN });
    await aSession(t, await aUser(t, { username: 'bob' }), { id: BOB, ended: 1 });
    // sessions that are older than what they did
    await t.sql(`update tomo.sessions set created_at = timestamptz '2026-01-01 00:00+00'`);
    const did = (session: string, at: string, kind: string, name: string, path: string | null, status: number | null) =>
      t.sql(
        'select tomo.record_activity($1, p_at => $2, p_kind => $3, p_name => $4, p_path => $5, p_status => $6, p_ip => $7, p_user => $8)',
        [
          ...[session, at, kind, name, path, status, name === 'Gone' ? '2001:db8::1' : '203.0.113.7'],
          session === DELETED ? NOBODY : null,
        ],
      );
    await did(ANN, '2026-03-10T11:59:00Z', 'page', 'Dashboard', '/', 200);
    await did(ANN, '2026-03-10T11:30:00.123456Z', 'action', 'Restart web-1', '/api/Containers/web-1/restart', 202);
    await did(BOB, '2026-03-10T11:30:00.123456Z', 'api', 'GET', '/api/users', 403);
    await did(BOB, '2026-03-09T23:15:00Z', 'page', 'Gone', '/containers/9', 404);
    await did(DELETED, '2026-02-01T10:00:00Z', 'page', 'Old', null, null);
  });

  const list = async (...argv: string[]) => {
    const ran = await run(t, ActivityList, argv, { now: NOW });
    expect(ran.exitCode, `${ran.stderr}${ran.stdout}`).toBe(0);
    return ran;
  };
  const names = async (...argv: string[]) =>
    (await list('--json', ...argv)).json<{ activity: ActivityEntry[] }>().activity.map(({ name }) => name);

  it('says who did what when, latest first', async () => {
    const { activity } = (await list('--json')).json<{ activity: ActivityEntry[] }>();
    expect(activity.map((a) => [a.username, a.name])).toEqual([
      ['ann', 'Dashboard'],
      ['bob', 'GET'],
      ['ann', 'Restart web-1'],
      ['bob', 'Gone'],
      [null, 'Old'],
    ]);
    expect(activity[2]).toEqual({
      at: '2026-03-10T11:30:00.123456+00:00',
      sessionId: ANN,
      username: 'ann',
      kind: 'action',
      name: 'Restart web-1',
      path: '/api/Containers/web-1/restart',
      status: 202,
      ip: '203.0.113.7',
    });
    const table = await run(t, ActivityList, [], { now: NOW, tty: true, columns: 120 });
    expect(table.stdout.split('\n')[3]).toMatch(
      /^29m ago +ann +3f2a9c41 +action +202 +Restart web-1 +\/api\/Containers\/web-1\/restart +203\.0\.113\.7$/,
    );
  });

  it.each([
    [
      ['--session', '3F2A'],
      ['Dashboard', 'Restart web-1'],
    ],
    [['--session', 'dead'], ['Old']],
    [
      ['--user', 'BOB'],
      ['GET', 'Gone'],
    ],
    [
      ['--user', 'bob', '--user', 'ann', '--kind', 'page'],
      ['Dashboard', 'Gone'],
    ],
    [['--user', 'ann', '--session', BOB], []],
    [
      ['--since', '1h'],
      ['Dashboard', 'GET', 'Restart web-1'],
    ],
    [['--since', 'yesterday', '--until', 'today'], ['Gone']],
    [
      ['--until', '2026-03-10T11:59:00Z', '--since', '2026-03-10T11:30:00.123456Z'],
      ['GET', 'Restart web-1'],
    ],
    [
      ['--kind', 'api,action'],
      ['GET', 'Restart web-1'],
    ],
    [
      ['--path', '/containers/'],
      ['Restart web-1', 'Gone'],
    ],
    [['--path', '%'], []],
    [['--ip', '2001:db8::/64'], ['Gone']],
    [['--ip', '203.0.113.7,192.0.2.0/24', '--user', 'bob'], ['GET']],
    [
      ['--status', '4xx'],
      ['GET', 'Gone'],
    ],
    [
      ['--status', '404', '--status', '2XX', '--user', 'ann'],
      ['Dashboard', 'Restart web-1'],
    ],
    [
      ['--status', '404,202'],
      ['Restart web-1', 'Gone'],
    ],
  ])('selects with %j: on a page, in all, counted and exported', async (argv, expected) => {
    expect(await names(...argv)).toEqual(expected);
    expect(await names('--all', ...argv)).toEqual(expected);
    expect((await list('--count', ...argv)).stdout).toBe(`${expected.length}\n`);
    const exported = (await run(t, ActivityExport, argv, { now: NOW })).stdout.split('\n').filter(Boolean);
    expect(exported.map((line) => JSON.parse(line).name).toSorted()).toEqual(expected.toSorted());
  });

  it('goes page by page through rows that have time and session in common, and loses none', async () => {
    await t.sql(
      `select tomo.record_activity(case when i % 3 = 0 then $1::uuid else $2::uuid end, 'api', 'n' || i,
         p_at => '2026-03-10 11:30:00.123456+00') from generate_series(1, 12) i`,
      [ANN, BOB],
    );
    for (const filter of [[], ['--user', 'ann', '--user', 'bob'], ['--since', '1h']]) {
      const all = await names('--all', ...filter);
      const rows = await allPages<ActivityEntry>((...argv) => list('--limit', '2', ...filter, ...argv), 'activity');
      const paged = rows.map(({ name }) => name);
      expect(paged).toEqual(all);
      expect(new Set(paged).size).toBe(paged.length);
      expect(paged.length).toBeGreaterThanOrEqual(15);
    }
  });

  it('answers who did something last night', async () => {
    const { stdout } = await list(
      '--since',
      '2026-03-09T22:00:00Z',
      '--until',
      '2026-03-10T06:00:00Z',
      '--all',
      '--columns',
      'user',
    );
    expect(stdout).toBe('bob\n');
  });

  it('is exported in order of time, as ndjson or csv', async () => {
    const ndjson = (await run(t, ActivityExport, [])).stdout.trimEnd().split('\n');
    const documents = ndjson.map((line) => JSON.parse(line));
    expect(documents.map(({ name }) => name)).toEqual(['Old', 'Gone', 'Restart web-1', 'GET', 'Dashboard']);
    expect(documents[0]).toMatchObject({
      schemaVersion: 1,
      sessionId: DELETED,
      username: null,
      path: null,
      status: null,
    });
    const csv = (await run(t, ActivityExport, ['--output', 'csv', '--since', '2026-03-10T11:50:00Z'])).stdout;
    expect(csv).toBe(
      `at,user,session,kind,status,name,path,ip\n2026-03-10T11:59:00+00:00,"ann",${ANN},page,200,"Dashboard","/",203.0.113.7\n`,
    );
    const nothing = await run(t, ActivityExport, ['--since', '30s'], { now: NOW });
    expect(nothing).toMatchObject({ stdout: '', stderr: expect.stringContaining('No activity matches.'), exitCode: 0 });
  });

  it('guards outside text', async () => {
    await t.sql(`update tomo.session_activity set name = '=1+1', path = e'/a\\u001b[31m' where name = 'Dashboard'`);
    expect((await run(t, ActivityExport, ['--output', 'csv', '--session', ANN])).stdout).toContain(
      `"'=1+1","/a\\u001b[31m",`,
    );
    expect((await list('--session', ANN)).stdout).not.toContain('\u001b');
  });

  it.each([
    [['--session', 'abcd'], /There is no session abcd, and no activity of one/],
    [['--user', 'bop'], /There is no user "bop"\.\nDid you mean bob\?/],
  ])('refuses %j, to list and to export', async (argv, message) => {
    for (const command of [ActivityList, ActivityExport]) {
      const { stdout, stderr, exitCode } = await run(t, command, argv, { now: NOW });
      expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 4 });
      expect(stderr).toMatch(message);
    }
  });

  it('keeps its user when the session is deleted, in every reading', async () => {
    const read = async (...argv: string[]) => [
      (await list('--json', ...argv)).json<{ activity: object[] }>().activity,
      (await run(t, ActivityExport, argv)).stdout,
      (await list('--count', ...argv)).stdout,
    ];
    const all = [[], ['--user', 'ann'], ['--user', 'ann', '--user', 'BOB'], ['--session', ANN], ['--session', BOB]];
    const before = await Promise.all(all.map((argv) => read(...argv)));
    expect(before[1]?.[0]).toMatchObject([{ name: 'Dashboard', username: 'ann' }, { name: 'Restart web-1' }]);
    await t.sql('delete from tomo.sessions');
    expect(await Promise.all(all.map((argv) => read(...argv)))).toEqual(before);
  });

  it('names the candidates of a prefix, and where the session is deleted', async () => {
    for (const [id, user] of [
      ['3f2a0000-0000-4000-8000-00000000000e', 'bob'],
      ['3f2a0000-0000-4000-8000-00000000000f', null],
    ])
      await t.sql(
        `select tomo.record_activity($1, 'api',
           p_user => coalesce((select id from tomo.users where username = $2), $3::uuid))`,
        [id, user, NOBODY],
      );
    expect((await run(t, ActivityList, ['--session', '3f2a'])).stderr).toMatch(
      /3 sessions start with 3f2a(.|\n)*0e {2}bob \(deleted\)\n.*0f {2}\(deleted\)\n {2}3f2a9c41-\S+ {2}ann\n/,
    );
  });
});
