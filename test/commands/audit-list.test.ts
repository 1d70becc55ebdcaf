import { beforeAll, expect, it } from 'vitest';
import AuditList from '../../src/commands/audit/list.ts';
import AuditShow from '../../src/commands/audit/show.ts';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import SessionRestore from '../../src/commands/session/restore.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import type { AuditEntry } from '../../src/model/audit.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

onPostgres('audit list', (t) => {
  t.keepsData = true;
  const list = async (...argv: string[]) =>
    (await run(t, AuditList, [...argv, '--json'])).json<{ entries: AuditEntry[] }>().entries;
  let bobs: string;

  beforeAll(async () => {
    const [alice, bob] = [await aUser(t, { username: 'alice' }), await aUser(t, { username: 'bob' })];
    for (const user of [alice, alice, bob]) await aSession(t, user);
    bobs = await aSession(t, bob);
    await run(t, SessionRevoke, ['--user', 'Alice', '--ip', '203.0.113.0/24', '--reason', 'stolen =laptop', '--yes']); // 1
    await run(t, SessionRevoke, [bobs]); // 2
    await run(t, SessionRevokeUser, ['alice', '--compromised', '--yes']); // 3
    await run(t, SessionRevokeAll, ['--yes', '--expect', '1']); // 4
    await run(t, SessionRestore, ['4']); // 5
    await t.sql(
      `select tomo.set_settings('{"session_timeout": 30, "location_alerts": true}', '{"user": "admin", "claimed": true, "osUser": "olga", "host": "desk"}')`,
    ); // 6
    await t.sql('select tomo.set_user_limit($1, 3)', [bob]); // 7
    await t.sql(`update tomo.sessions set ended_at = now() - interval '8 days', end_reason = 'revoked' where id = $1`, [
      bobs,
    ]);
    await run(t, SessionCleanup, []); // 8
    const [device] = await t.sql<{ id: string }>(
      `insert into tomo.devices (id, user_id, fingerprint) values ('de71ce00-0000-4000-8000-000000000001', $1, sha256('x')) returning id`,
      [bob],
    );
    await t.sql('select tomo.trust_devices(array[$1::uuid], true)', [device?.id]); // 9
    await t.sql('select tomo.label_device($1, $2)', [device?.id, 'old laptop']); // 10
    await t.sql(
      `select tomo.write_audit('{}', 'create', null, '{"session": "3f2a9c41-0000-4000-8000-000000000001", "username": "dora", "evicted": ["x"]}')`,
    ); // 11
    await t.sql(
      `select tomo.write_audit('{}', 'future-thing', null, '{"count": 2, "username": "Carol \u200b", "list": [1, 2], "nothing": 0}')`,
    ); // 12
  });

  it('says who has changed what and why, newest first', async () => {
    const entries = await list();
    expect(entries.map(({ id, action }) => [id, action])).toEqual([
      [12, 'future-thing'],
      [11, 'create'],
      [10, 'label-device'],
      [9, 'trust-device'],
      [8, 'cleanup'],
      [7, 'set-user-limit'],
      [6, 'set'],
      [5, 'restore'],
      [4, 'revoke-all'],
      [3, 'revoke-user'],
      [2, 'revoke'],
      [1, 'revoke'],
    ]);
    expect(entries.at(-1)).toEqual({
      id: 1,
      at: expect.stringMatching(/^\d{4}-.*\+00:00$/),
      by: expect.stringContaining('@'),
      actor: { osUser: expect.any(String), host: expect.any(String), dbRole: 'postgres' },
      action: 'revoke',
      reason: 'stolen =laptop',
      detail: expect.objectContaining({ revocation: 1, count: 2 }),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(entries[6]).toMatchObject({
      by: 'admin (claimed)',
      actor: { user: 'admin', claimed: true, osUser: 'olga', host: 'desk' },
    });
  });

  it('is words for people, and the same columns exact in a pipe', async () => {
    const words = async (options: object) => {
      const { stdout } = await run(t, AuditList, ['--columns', 'id,action,what,by'], options);
      return stdout.trimEnd().split('\n');
    };
    expect((await words({ tty: true, columns: 200 })).map((line) => line.replace(/ {2,}/g, ' | '))).toEqual([
      'ID | ACTION | WHAT | WHO',
      '12 | future-thing | list: 1 2, count: 2, username: Carol \\u200b | postgres',
      '11 | opened a session | dora: session 3f2a9c41, 1 evicted | postgres',
      '10 | named a device | device de71ce00: none -> old laptop | postgres',
      '9 | trusted a device | device de71ce00 | postgres',
      expect.stringMatching(/^8 \| cleaned up \| 1 session deleted, 5 activity weeks prepared \| /),
      '7 | changed a limit | bob: the setting -> 3 | postgres',
      '6 | changed settings | location_alerts false -> true, session_timeout 60 -> 30 | admin (claimed)',
      expect.stringMatching(/^5 \| restored \| revocation 4 \| .+@/),
      expect.stringMatching(/^4 \| revoked everybody \| everybody: 1 session \(revocation 4\) \| /),
      expect.stringMatching(/^3 \| revoked a user \| alice: 0 sessions \(revocation 3\) \| /),
      expect.stringMatching(/^2 \| revoked sessions \| 1 session by id \(revocation 2\) \| /),
      expect.stringMatching(
        /^1 \| revoked sessions \| 2 sessions: --user Alice --ip 203\.0\.113\.0\/24 \(revocation 1\) \| /,
      ),
    ]);
    expect((await words({}))[6]).toBe(
      '6\tset\tlocation_alerts false -> true, session_timeout 60 -> 30\tadmin (claimed)',
    );
    for (const line of (await run(t, AuditList, [], { tty: true, columns: 80 })).stdout.split('\n'))
      expect(line.length).toBeLessThanOrEqual(80);
  });

  it.each([
    [
      ['--action', 'set,set-user-limit'],
      [7, 6],
    ],
    [
      ['--action', 'restore', '--action', 'cleanup'],
      [8, 5],
    ],
    [['--action', 'future-thing'], [12]],
    [['--action', 'demo'], []],
    [['--actor', 'OLGA@desk'], [6]],
    [['--actor', 'admin'], [6]],
    [['--actor', 'postgres', '--action', 'set'], [6]],
    // named, chosen by name, and the owner of a session that was ended; a restore of such a revocation, too
    [
      ['--user', 'alice'],
      [3, 1],
    ],
    [
      ['--user', 'Bob'],
      [10, 9, 7, 2],
    ],
    // one whom only the audit still knows
    [['--user', 'carol \u200b'], [12]],
    [
      ['--since', '1h', '--limit', '2'],
      [12, 11],
    ],
    [['--until', '1h'], []],
    [
      ['--limit', '3', '--after', '4'],
      [3, 2, 1],
    ],
  ] as const)('with %j: %j', async (argv, expected) => {
    expect((await list(...argv)).map(({ id }) => id)).toEqual(expected);
    if (argv.includes('--limit' as never)) return;
    expect((await run(t, AuditList, [...argv, '--count'])).stdout).toBe(`${expected.length}\n`);
    expect((await run(t, AuditList, [...argv, '--output', 'ids'])).stdout).toBe(
      expected.map((id) => `${id}\n`).join(''),
    );
  });

  it('guards text from outside in CSV, and streams ndjson', async () => {
    const csv = await run(t, AuditList, ['--output', 'csv', '--columns', 'id,reason', '--action', 'revoke']);
    expect(csv.stdout).toBe('id,reason\n2,\n1,"stolen =laptop"\n');
    const lines = (await run(t, AuditList, ['--output', 'ndjson'])).stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).id)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  it('shows one row whole', async () => {
    const { stdout, exitCode } = await run(t, AuditShow, ['1']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Row +1\nWhen .*\nWho /);
    expect(stdout).toMatch(/^Reason +stolen =laptop$/m);
    expect(stdout).toMatch(/^As recorded$/m);
    expect((await run(t, AuditShow, ['1', '--json'])).json()).toMatchObject({ entry: { id: 1, action: 'revoke' } });
    expect(await run(t, AuditShow, ['99'])).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('row 99') });
    expect(await run(t, AuditShow, ['x'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('"x"') });
  });

  it('knows no such user', async () => {
    expect(await run(t, AuditList, ['--user', 'alica'])).toMatchObject({
      exitCode: 4,
      stdout: '',
      stderr: expect.stringContaining('Did you mean alice?'),
    });
  });

  it('shows a row, whatever somebody has made of it', async () => {
    for (const detail of [
      '5',
      '"x"',
      '[1]',
      'null',
      '{"filter": {"users": "u", "ips": 5, "since": [1], "idleFor": "x", "relatedTo": {}}, "from": 1, "to": []}',
    ]) {
      await t.sql('update tomo.audit_log set detail = $1', [detail]);
      for (const ran of [
        await run(t, AuditList, [], { tty: true }),
        await run(t, AuditList, ['--output', 'wide'], { tty: true }),
        await run(t, AuditShow, ['3'], { tty: true }),
      ])
        expect(ran).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('Error') });
    }
  });
});
