import { beforeEach, expect, it } from 'vitest';
import RevocationList from '../../src/commands/revocation/list.ts';
import SessionList from '../../src/commands/session/list.ts';
import SessionRestore from '../../src/commands/session/restore.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

onPostgres('session list filters', (t) => {
  let named: Map<string, string>;

  beforeEach(async () => {
    const admin = await aUser(t, { username: 'Admin' });
    const bob = await aUser(t, { username: 'bob' });
    named = new Map([
      [
        await aSession(t, admin, {
          ip: '203.0.113.7',
          browser: 'Firefox',
          os: 'Windows',
          country: 'DE',
          age: 30,
          idle: 1,
        }),
        'office',
      ],
      [
        await aSession(t, admin, {
          ip: '2001:db8::17',
          browser: 'Safari',
          os: 'iOS',
          country: 'DE',
          age: 60 * 30,
          idle: 40,
          method: 'passkey',
        }),
        'phone',
      ],
      [
        await aSession(t, bob, {
          ip: '198.51.100.9',
          userAgent: 'curl/8.5.0',
          country: 'KP',
          age: 5,
          idle: 2,
          method: 'token',
        }),
        'script',
      ],
      [await aSession(t, bob, { ip: null, browser: 'Chrome', os: 'Windows', age: 90, idle: 50 }), 'unknown address'],
      [await aSession(t, bob, { ip: '203.0.113.7', age: 300, idle: 200 }), 'timed out'],
      [
        await aSession(t, bob, { ip: '203.0.113.7', age: 300, idle: 200, ended: 140, reason: 'expired' }),
        'noted expired',
      ],
      [await aSession(t, bob, { ip: '203.0.113.7', age: 300, idle: 200, ended: 190, reason: 'logout' }), 'logged out'],
      [await aSession(t, bob, { ip: null, ended: 3, reason: 'evicted' }), 'evicted'],
      [await aSession(t, bob, { ip: null, ended: 3, reason: 'revoked' }), 'revoked'],
    ]);
  });

  const select = async (...argv: string[]) => {
    const { stdout, stderr, exitCode } = await run(t, SessionList, [...argv, '--all', '--output', 'ids']);
    expect(exitCode, stderr).toBe(0);
    return stdout
      .split('\n')
      .flatMap((id) => named.get(id) ?? [])
      .toSorted();
  };

  it.each([
    [
      ['--user', 'admin'],
      ['office', 'phone'],
    ],
    [
      ['--user', 'ADMIN', '--user', 'bob'],
      ['office', 'phone', 'script', 'unknown address'],
    ],
    [
      ['--user', 'admin', '--user', 'bob', '--idle-for', '30m'],
      ['phone', 'unknown address'],
    ],
    [['--ip', '203.0.113.7'], ['office']],
    [['--ip', '203.0.113.0/24'], ['office']],
    [['--ip', '::ffff:203.0.113.7'], ['office']],
    [['--ip', '::FFFF:cb00:7100/120'], ['office']],
    [['--ip', '2001:db8::/32'], ['phone']],
    [
      ['--ip', '2001:DB8::17', '--ip', '198.51.100.0/28'],
      ['phone', 'script'],
    ],
    [
      ['--ip', '0.0.0.0/0'],
      ['office', 'script'],
    ],
    [
      ['--since', '45m'],
      ['office', 'script'],
    ],
    [
      ['--until', '45m'],
      ['phone', 'unknown address'],
    ],
    [
      ['--since', '2h', '--until', '10m'],
      ['office', 'unknown address'],
    ],
    [['--idle-for', '45m'], ['unknown address']],
    [
      ['--device', 'windows'],
      ['office', 'unknown address'],
    ],
    [['--device', 'FIREFOX ON WIN'], ['office']],
    [['--device', 'curl'], ['script']],
    [
      ['--country', 'de'],
      ['office', 'phone'],
    ],
    [
      ['--country', 'DE', '--country', 'KP'],
      ['office', 'phone', 'script'],
    ],
    [
      ['--method', 'passkey', '--method', 'token'],
      ['phone', 'script'],
    ],
    [
      ['--not-user', 'admin'],
      ['script', 'unknown address'],
    ],
    // of which nobody knows where it is from, it is not in Germany
    [
      ['--not-country', 'DE'],
      ['script', 'unknown address'],
    ],
    [
      ['--not-ip', '203.0.113.0/24', '--not-ip', '2001:db8::17'],
      ['script', 'unknown address'],
    ],
    [['--not-device', 'windows', '--not-method', 'token'], ['phone']],
    [
      ['--not-idle-for', '30m'],
      ['office', 'script'],
    ],
    [['--user', 'bob', '--not-device', 'curl'], ['unknown address']],
    [['--user', 'bob', '--ip', '203.0.113.7'], []],
    [
      ['--state', 'expired'],
      ['noted expired', 'timed out'],
    ],
    [['--state', 'logged-out'], ['logged out']],
    [['--state', 'revoked'], ['revoked']],
    [['--state', 'evicted'], ['evicted']],
    [
      ['--state', 'ended'],
      ['evicted', 'logged out', 'noted expired', 'revoked', 'timed out'],
    ],
    [
      ['--state', 'all', '--ip', '203.0.113.7'],
      ['logged out', 'noted expired', 'office', 'timed out'],
    ],
  ])('%j selects %j', async (argv, expected) => {
    expect(await select(...argv)).toEqual(expected);
    const counted = await run(t, SessionList, [...argv, '--count']);
    expect(counted.stdout).toBe(`${expected.length}\n`);
  });

  it('leaves out what shares nothing but itself, and revokes exactly what the list shows', async () => {
    const [office] = [...named].find(([, name]) => name === 'office') ?? [''];
    expect(await select('--not-related-to', office.slice(0, 8))).toEqual(['phone', 'script', 'unknown address']);
    const filter = ['--not-user', 'bob', '--not-country', 'KP', '--not-ip', '203.0.113.7'];
    expect(await select(...filter)).toEqual(['phone']);
    const { stdout } = await run(t, SessionRevoke, [...filter, '--expect', '1', '--yes']);
    expect(stdout).toContain('Revoked 1 session');
    expect(await select('--user', 'admin')).toEqual(['office']);
    const kept = await run(t, RevocationList, ['--output', 'json']);
    expect(JSON.parse(kept.stdout).revocations[0].filter.not).toEqual({
      users: ['bob'],
      countries: ['KP'],
      ips: ['203.0.113.7'],
    });
    const shown = await run(t, RevocationList, [], { tty: true, columns: 200 });
    expect(shown.stdout).toContain('--not-user bob --not-ip 203.0.113.7 --not-country KP');
  });

  it.each([
    [['--not-user', 'nobody'], 4, 'nobody'],
    [['--not-country', 'Germany'], 2, '--not-country: "Germany"'],
    [['--not-ip', 'here'], 2, '--not-ip: "here"'],
    [['--not-since', '1h'], 2, '--not-since'],
  ])('refuses %j', async (argv, exitCode, words) => {
    const ran = await run(t, SessionList, argv);
    expect([ran.exitCode, ran.stdout]).toEqual([exitCode, '']);
    expect(ran.stderr).toContain(words);
  });

  it('takes the specification to the letter: session list --user admin', async () => {
    const { stdout } = await run(t, SessionList, ['--user', 'admin'], { tty: true });
    expect(stdout.match(/ Admin /g)).toHaveLength(2);
  });

  it('reads a date as the first moment of that day', async () => {
    const now = new Date();
    const [row] = await t.sql<{ id: string }>('select id from tomo.sessions limit 1');
    await t.sql(
      `update tomo.sessions set created_at = '2026-03-05 00:00:00+00', last_activity_at = now() where id = $1`,
      [row?.id],
    );
    const on = async (since: string, until: string) =>
      (await run(t, SessionList, ['--since', since, '--until', until, '--state', 'all', '--output', 'ids'], { now }))
        .stdout;
    expect(await on('2026-03-05', '2026-03-06')).toBe(`${row?.id}\n`);
    expect(await on('2026-03-04', '2026-03-05')).toBe('');
    expect(await on('2026-03-05T01:00+01:00', '2026-03-05T00:00:01Z')).toBe(`${row?.id}\n`);
  });

  it('finds devices by what the lists show of them: words, labels, ids', async () => {
    const [admin] = await t.sql<{ id: string }>(`select id from tomo.users where username = 'Admin'`);
    const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36';
    const chromium = await aSession(t, admin?.id ?? '', { browser: 'Chrome', os: 'Linux', userAgent: chrome });
    named.set(chromium, 'chrome');
    named.set(await aSession(t, admin?.id ?? ''), 'nothing known');
    named.set(await aSession(t, admin?.id ?? '', { userAgent: 'Gadget (unheard of) 9.9' }), 'gadget');
    const labels = {
      '7c1d20aa-0000-4000-8000-000000000001': 'chrome',
      '7c1d20aa-0000-4000-8000-000000000002': 'phone',
    };
    for (const [id, session] of Object.entries(labels)) {
      await t.sql(
        `insert into tomo.devices (id, user_id, fingerprint, label)
        select $1::uuid, $2::uuid, sha256(uuid_send($1)), $3`,
        [id, admin?.id, `Ann's ${session} 100%, the "new" one`],
      );
      await t.sql('update tomo.sessions set device_id = $1 where id = $2', [
        id,
        [...named].find(([, name]) => name === session)?.[0],
      ]);
    }

    // the same text on a terminal and in a pipe, and each row is found by its own
    const argv = ['--columns', 'id,device', '--output', 'wide'];
    const rows = (await run(t, SessionList, argv)).stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    const table = (await run(t, SessionList, argv, { tty: true })).stdout.trimEnd().split('\n').slice(1);
    expect(table.map((line) => line.split(/ {2,}/)[1])).toEqual(rows.map(([, device]) => device));
    expect(await select('--device', 'Unknown')).toEqual(['nothing known']);
    for (const [id = '', device = ''] of rows) expect(await select('--device', device)).toContain(named.get(id));

    expect(await select('--device', 'safari')).toEqual(['phone']);
    expect(await select('--device', 'safari', '--device', 'curl')).toEqual(['phone', 'script']);
    expect(await select('--device', 'agent:safari/5')).toEqual(['chrome']);
    expect(await select('--device', 'gadget (un')).toEqual(['gadget']);
    // as a narrow table cuts it
    expect(await select('--device', 'Gadget (unh…', '--device', 'cur...')).toEqual(['gadget', 'script']);
    expect(await select('--device', 'desktop')).toEqual([]);
    expect(await select('--device', 'ann%')).toEqual([]);
    expect(await select('--device', 'linux  chrome')).toEqual(['chrome']);
    expect(await select('--device', 'chrome linux mint')).toEqual([]);
    expect(await select('--device', '100%, the')).toEqual(['chrome', 'phone']);
    expect(await select('--device', '7c1d20aa-0000-4000-8000-000000000002')).toEqual(['phone']);
    expect(await select('--device', '7C1D20AA000040008000000000000001')).toEqual(['chrome']);
    expect(await select('--user', 'bob', '--device', '7c1d20aa')).toEqual([]);
    await t.sql(`update tomo.user_agents set form_factor = 'mobile' where os = 'iOS'`);
    expect(await select('--device', 'form:mobile', '--device', 'windows')).toEqual([
      'office',
      'phone',
      'unknown address',
    ]);
    const ambiguous = await run(t, SessionList, ['--device', '7c1d20aa']);
    expect(ambiguous).toMatchObject({ stdout: '', exitCode: 2, stderr: expect.stringMatching(/2 devices start with/) });
  });

  it('knows who was in at a time that is past, whatever has become of them since', async () => {
    await t.sql('delete from tomo.sessions');
    const alice = await aUser(t, { username: 'alice' });
    const eve = await aUser(t, { username: 'eve' });
    const hours = (h: number) => h * 60;
    const sessions: [name: string, user: string, fields: Parameters<typeof aSession>[2]][] = [
      ['still in', alice, { age: hours(72), idle: 1 }],
      ['in and out', alice, { age: hours(11), idle: hours(10.6), ended: hours(10.5), reason: 'logout' }],
      ['ended later', alice, { age: hours(72), idle: hours(9), ended: hours(9), reason: 'evicted' }],
      ['ended before', alice, { age: hours(72), idle: hours(13), ended: hours(13), reason: 'logout' }],
      ['came after', alice, { age: hours(9), idle: hours(8) }],
      ['ran out then', alice, { age: hours(20), idle: hours(12.5) }],
      ['ran out before', alice, { age: hours(20), idle: hours(13.5) }],
      ['revoked now', eve, { age: hours(20), idle: hours(1), remember: true }],
      ['revoked before', eve, { age: hours(72), idle: hours(14), remember: true }],
    ];
    named.clear();
    for (const [name, user, fields] of sessions) named.set(await aSession(t, user, fields), name);
    const revoke = (name: string) =>
      run(
        t,
        SessionRevoke,
        [...named].flatMap(([id, n]) => (n === name ? [id] : [])),
      );
    await revoke('revoked before');
    await t.sql(`update tomo.revocations set at = now() - interval '13 hours'`);
    await revoke('revoked now');

    const night = ['--live-since', '12h', '--live-until', '10h'];
    const then = ['ended later', 'in and out', 'ran out then', 'revoked now', 'still in'];
    expect(await select(...night)).toEqual(then);
    expect((await run(t, SessionList, [...night, '--count'])).stdout).toBe('5\n');
    expect(
      (await run(t, SessionList, [...night, '--json', '--sort', 'activity', '--limit', '9'])).json(),
    ).toMatchObject({ sessions: { length: 5 } });
    expect(await select(...night, '--user', 'eve')).toEqual(['revoked now']);
    expect(await select(...night, '--state', 'active')).toEqual(['still in']);
    expect(await select(...night, '--state', 'expired')).toEqual(['ran out then']);
    expect(await select(...night, '--since', '15h')).toEqual(['in and out']);
    expect(await select('--live-since', '12h')).toEqual(['came after', ...then].toSorted());
    expect(await select('--live-until', '19h')).toEqual(
      [
        'ended later',
        'ended before',
        'ran out then',
        'ran out before',
        'revoked before',
        'revoked now',
        'still in',
      ].toSorted(),
    );
    expect((await run(t, SessionRevoke, [...night, '--dry-run', '--json'])).json()).toMatchObject({ sessions: 1 });
    // one that is restored has been live all along
    await run(t, SessionRestore, ['1']);
    expect(await select(...night)).toEqual(['revoked before', ...then].toSorted());
  });

  it('selects for revoke the very rows that it lists', async () => {
    for (const argv of [
      ['--user', 'bob'],
      ['--ip', '203.0.113.0/24'],
      ['--device', 'windows'],
      ['--idle-for', '30m'],
      ['--since', '45m'],
      ['--country', 'KP,DE'],
      ['--method', 'token'],
    ]) {
      const { sessions } = (await run(t, SessionList, [...argv, '--json'])).json<{ sessions: { id: string }[] }>();
      const preview = (await run(t, SessionRevoke, [...argv, '--dry-run', '--json'])).json<{
        sessions: number;
        first: { id: string }[];
      }>();
      expect(
        preview.first.map(({ id }) => id),
        argv.join(' '),
      ).toEqual(sessions.map(({ id }) => id));
      expect(preview.sessions).toBe(sessions.length);
    }
  });
});
