import { beforeAll, expect, it } from 'vitest';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import { watchPage } from '../../src/domain/session/watch.ts';
import type { Session } from '../../src/model/session.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

onPostgres('the filter --related-to', (t) => {
  t.keepsData = true;
  let ids: Record<string, string>;
  const nameOf = (id: string) => Object.entries(ids).find(([, other]) => other === id)?.[0] ?? id;

  async function aDevice(user: string, fingerprint: string): Promise<string> {
    const [row] = await t.sql<{ id: string }>(
      `insert into tomo.devices (user_id, fingerprint) values ($1, sha256(convert_to($2, 'UTF8'))) returning id`,
      [user, fingerprint],
    );
    return row?.id ?? '';
  }

  async function world(): Promise<void> {
    await t.empty();
    const [alice, bob, carol] = [
      await aUser(t, { username: 'alice' }),
      await aUser(t, { username: 'bob' }),
      await aUser(t, { username: 'carol' }),
    ];
    const [laptop, copy, phone] = [
      await aDevice(alice, 'laptop'),
      await aDevice(bob, 'laptop'),
      await aDevice(alice, 'phone'),
    ];
    const six = '2001:db8:1:2:3::4';
    ids = {
      one: await aSession(t, alice, { ip: '203.0.113.7', idle: 1 }),
      address: await aSession(t, carol, { ip: '203.0.113.7', idle: 2 }),
      network: await aSession(t, carol, { ip: '203.0.113.200', idle: 3 }),
      beside: await aSession(t, carol, { ip: '203.0.112.7', idle: 4 }),
      device: await aSession(t, alice, { ip: '198.51.100.1', idle: 5 }),
      copy: await aSession(t, bob, { ip: '198.51.100.2', idle: 6 }),
      both: await aSession(t, bob, { ip: '203.0.113.7', idle: 7 }),
      phone: await aSession(t, alice, { ip: '198.51.100.1', idle: 8 }),
      ended: await aSession(t, carol, { ip: '203.0.113.7', idle: 9, ended: 1, reason: 'logout' }),
      six: await aSession(t, carol, { ip: six, idle: 10 }),
      sixBeside: await aSession(t, bob, { ip: '2001:db8:1:2:ffff::1', idle: 11 }),
      sixFar: await aSession(t, bob, { ip: '2001:db8:1:3::1', idle: 12 }),
      nothing: await aSession(t, carol, { ip: null, idle: 13 }),
      pruned: await aSession(t, carol, { ip: null, idle: 14 }),
    };
    for (const [device, names] of [
      [laptop, ['one', 'device']],
      [copy, ['copy', 'both']],
      [phone, ['phone']],
      // one that a cleanup has forgotten
      ['00000000-0000-4000-8000-000000000001', ['pruned']],
    ] as const) {
      await t.sql('update tomo.sessions set device_id = $1 where id = any($2)', [
        device,
        names.map((name) => ids[name]),
      ]);
    }
  }

  const list = async (...argv: string[]) => {
    const { sessions } = (await run(t, SessionList, [...argv, '--json'])).json<{ sessions: Session[] }>();
    return Object.fromEntries(sessions.map((s) => [nameOf(s.id), s.relation?.join('+')]));
  };
  const to = (name: string) => ['--related-to', ids[name]?.slice(0, 13) ?? ''];

  beforeAll(world);

  it('finds what shares address, network or device, and says what', async () => {
    const all = {
      one: 'self',
      address: 'address',
      network: 'network',
      device: 'device',
      copy: 'fingerprint',
      both: 'address+fingerprint',
    };
    expect(await list(...to('one'))).toEqual(all);
    expect(await list(...to('one'), '--state', 'all')).toEqual({ ...all, ended: 'address' });
    expect(await list(...to('ended'))).toEqual({
      one: 'address',
      address: 'address',
      network: 'network',
      both: 'address',
    });
    expect(await list(...to('six'))).toEqual({ six: 'self', sixBeside: 'network' });
    expect(await list(...to('copy'))).toEqual({
      one: 'fingerprint',
      device: 'network+fingerprint',
      copy: 'self',
      both: 'device',
      phone: 'network',
    });
    expect(await list(...to('nothing'))).toEqual({ nothing: 'self' });
    expect(await list(...to('pruned'))).toEqual({ pruned: 'self' });
  });

  it.each([
    [['address'], ['one', 'address', 'both']],
    [['network'], ['one', 'address', 'network', 'both']],
    [['device'], ['one', 'device']],
    [['fingerprint'], ['one', 'device', 'copy', 'both']],
    [['address,device'], ['one', 'address', 'device', 'both']],
  ])('--relation %j finds only these', async (relation, expected) => {
    expect(Object.keys(await list(...to('one'), '--relation', ...relation))).toEqual(expected);
  });

  it('goes with the other filters, orders, pages and formats', async () => {
    expect(Object.keys(await list(...to('one'), '--user', 'bob'))).toEqual(['copy', 'both']);
    expect(Object.keys(await list(...to('one'), '--ip', '198.51.100.0/24', '--sort', 'idle'))).toEqual([
      'copy',
      'device',
    ]);
    expect(Object.keys(await list(...to('one'), '--limit', '2'))).toEqual(['one', 'address']);
    expect((await run(t, SessionList, [...to('one'), '--count'])).stdout).toBe('6\n');
    const { stdout } = await run(t, SessionList, [...to('one'), '--output', 'ids', '--state', 'all']);
    expect(stdout.trimEnd().split('\n').map(nameOf).sort()).toEqual([
      'address',
      'both',
      'copy',
      'device',
      'ended',
      'network',
      'one',
    ]);
    const csv = await run(t, SessionList, [...to('copy'), '--output', 'csv', '--columns', 'user,relation']);
    expect(csv.stdout).toBe(
      'user,relation\n"alice",same fingerprint\n"alice","same network, fingerprint"\n"bob",this session\n"bob",same device\n"alice",same network\n',
    );
  });

  it('is for a list that is watched, too', async () => {
    const filter = { state: 'active' as const, relatedTo: ids.one?.slice(0, 13) ?? '' };
    const { sessions } = await watchPage(t.db, filter, { sort: 'activity', limit: 2 }, null);
    expect(sessions.map(({ id, relation }) => [nameOf(id), relation])).toEqual([
      ['one', ['self']],
      ['address', ['address']],
    ]);
  });

  it('shows the relation in a table instead of the last column', async () => {
    const { stdout } = await run(t, SessionList, to('one'), { tty: true });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^ID .*ACTIVE +RELATION$/);
    expect(lines[1]).toMatch(/ this session$/);
    expect(lines[6]).toMatch(/ same address, fingerp/);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect((await run(t, SessionList, [...to('one'), '--state', 'all'], { tty: true })).stdout).toMatch(
      /^ID .*STATE +RELATION\n/,
    );
    // without the filter there is none
    expect((await list('--limit', '1')).one).toBe(undefined);
  });

  it.each([
    [['--related-to', 'zz'], 2, '"zz" is not a session id'],
    [['--related-to', '12345678'], 4, 'There is no session 12345678.'],
    [['--relation', 'device'], 2, '--related-to'],
    [['--related-to', '12345678', '--relation', 'age'], 2, 'Expected --relation'],
  ])('answers %j with exit %i', async (argv, exitCode, message) => {
    expect(await run(t, SessionList, argv)).toMatchObject({ exitCode, stderr: expect.stringContaining(message) });
  });

  it('revokes what the list shows, after the same question as other filters', async () => {
    const preview = await run(t, SessionRevoke, [...to('one'), '--dry-run'], { tty: true });
    expect(preview.stdout).toMatch(/^6 live sessions of 3 users:\nID .*RELATION\n/);
    const asked = await run(t, SessionRevoke, [...to('one'), '--relation', 'device'], {
      tty: true,
      answers: [[/Revoke 2 sessions of alice\?/, 'n\r']],
    });
    expect(asked.exitCode).toBe(6);
    expect((await run(t, SessionRevoke, [...to('one'), '--yes', '--expect', '6'])).exitCode).toBe(0);
    expect((await liveIds(t)).map(nameOf).sort()).toEqual([
      'beside',
      'nothing',
      'phone',
      'pruned',
      'six',
      'sixBeside',
      'sixFar',
    ]);
    expect(await t.sql('select filter from tomo.revocations')).toEqual([
      { filter: { state: 'active', relatedTo: ids.one } },
    ]);
    await world();
  });
});
