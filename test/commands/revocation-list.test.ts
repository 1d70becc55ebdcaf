import { beforeAll, expect, it } from 'vitest';
import RevocationList from '../../src/commands/revocation/list.ts';
import SessionRestore from '../../src/commands/session/restore.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import type { Revocation } from '../../src/model/revocation.ts';
import { revokeAllSql, revokeUserSql } from '../db/helpers.ts';
import { aSession, aUser } from '../support/builders.ts';
import { CLUSTER } from '../support/cluster.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

onPostgres('revocation list', (t) => {
  t.keepsData = true;
  const list = async (...argv: string[]) =>
    (await run(t, RevocationList, [...argv, '--json'])).json<{ revocations: Revocation[] }>().revocations;
  const ids = async (...argv: string[]) => (await list(...argv)).map(({ id }) => id);

  /**
   * 1 by filter, 2 by ids, 3 of alice for a compromise, 4 of everybody (restored), 5 of bob (too old), 6 a
   * deactivation, 7 of everybody.
   */
  beforeAll(async () => {
    const [alice, bob] = [await aUser(t, { username: 'alice' }), await aUser(t, { username: 'bob' })];
    const carol = await aUser(t, { username: 'carol' });
    const logins = async () => {
      for (const user of [alice, bob, carol]) await aSession(t, user);
    };
    await logins();
    await run(t, SessionRevoke, [
      '--ip',
      '203.0.113.0/24',
      '--user',
      'Alice',
      '--idle-for',
      '60s',
      '--reason',
      'stolen laptop',
      '--yes',
    ]);
    const bobs = await aSession(t, bob, { id: 'b0b00000-0000-4000-8000-000000000001' });
    await run(t, SessionRevoke, [bobs]);
    await revokeUserSql(t, alice, { compromised: true });
    await run(t, SessionRestore, [String(await revokeAllSql(t))]);
    await revokeUserSql(t, bob);
    await t.sql(`update tomo.revocations set at = now() - interval '25 hours' where id = 5`);
    // no trigger does it there
    if (CLUSTER) await revokeUserSql(t, carol);
    await t.sql('update tomo.users set is_active = false where id = $1', [carol]);
    await logins();
    await revokeAllSql(t);
  });

  it('says of each, newest first, who threw whom out, and whether that can be undone', async () => {
    const rows = await list();
    expect(rows.map((r) => [r.id, r.scope, r.username, r.sessions, r.state])).toEqual([
      [7, 'all', null, 2, 'restorable'],
      [6, 'user', 'carol', 1, 'user-inactive'],
      [5, 'user', 'bob', 1, 'too-old'],
      [4, 'all', null, 2, 'restored'],
      [3, 'user', 'alice', 0, 'compromised'],
      [2, 'sessions', null, 1, 'restorable'],
      [1, 'sessions', null, 1, 'restorable'],
    ]);
    expect(rows.at(-1)).toMatchObject({
      by: expect.stringContaining('@'),
      actor: { osUser: expect.any(String), dbRole: 'postgres' },
      reason: 'stolen laptop',
      filter: { users: ['Alice'], ips: ['203.0.113.0/24'], idleFor: 60 },
      kept: [],
      compromised: false,
      restoredAt: null,
      restoredBy: null,
    });
    expect(Date.parse(rows.at(-1)?.restorableUntil ?? '') - Date.parse(rows.at(-1)?.at ?? '')).toBe(86_400_000);
    expect(rows.filter((r) => r.restorableUntil !== null).map((r) => r.id)).toEqual([7, 2, 1]);
  });

  it.each([
    [['--restorable'], [7, 2, 1]],
    [['--restored'], [4]],
    [['--standing', '--scope', 'all'], [7]],
    [
      ['--scope', 'sessions'],
      [2, 1],
    ],
    [['--scope', 'user', '--user', 'BOB'], [5]],
    // revoked as such, chosen by name, and the owner of a session that was ended
    [
      ['--user', 'alice'],
      [3, 1],
    ],
    [
      ['--user', 'bob'],
      [5, 2],
    ],
    [
      ['--since', '24h'],
      [7, 6, 4, 3, 2, 1],
    ],
    [['--until', '24h'], [5]],
    [
      ['--limit', '3'],
      [7, 6, 5],
    ],
    [
      ['--limit', '3', '--after', '5'],
      [4, 3, 2],
    ],
    [['--after', '1'], []],
  ] as const)('with %j: %j', async (argv, expected) => {
    expect(await ids(...argv)).toEqual(expected);
    if (argv.includes('--limit' as never) || argv.includes('--after' as never)) return;
    expect((await run(t, RevocationList, [...argv, '--count'])).stdout).toBe(`${expected.length}\n`);
    expect((await run(t, RevocationList, [...argv, '--output', 'ids'])).stdout).toBe(
      expected.map((id) => `${id}\n`).join(''),
    );
  });

  it('is a table of 80 columns for people', async () => {
    const { stdout } = await run(t, RevocationList, ['--columns', 'id,at,what,ended,state'], {
      tty: true,
      now: new Date(),
    });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^ID +WHEN +WHOSE SESSIONS +ENDED +UNDO$/);
    expect(lines[1]).toMatch(/^7 +(just now|\d+s ago) +everybody +2 +until tomorrow \d\d:\d\d$/);
    expect(lines[2]).toMatch(/^6 +(just now|\d+s ago) +carol +1 +user inactive$/);
    expect(lines[3]).toMatch(/^5 +1d ago +bob +1 +too old$/);
    expect(lines[4]).toMatch(/^4 +(just now|\d+s ago) +everybody +2 +restored by .+@/);
    expect(lines[7]).toMatch(/^1 +(just now|\d+s ago) +1 session: --us.*… +1 +until tomorrow \d\d:\d\d$/);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('is complete in a pipe, in every format', async () => {
    const { stdout } = await run(t, RevocationList, ['--columns', 'id,what,state,until', '--scope', 'sessions']);
    expect(stdout.split('\n')[1]).toMatch(
      /^1\t1 session: --user Alice --ip 203\.0\.113\.0\/24 --idle-for 1m\trestorable\t\d{4}-.*\+00:00$/,
    );
    const ndjson = (await run(t, RevocationList, ['--output', 'ndjson'])).stdout.trimEnd().split('\n');
    expect(ndjson.map((line) => JSON.parse(line).id)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    const csv = (await run(t, RevocationList, ['--output', 'csv', '--restored'])).stdout.split('\n');
    expect(csv[0]).toBe('id,at,by,what,ended,state,reason');
    expect(csv[1]).toMatch(/^4,.*,"everybody",2,restored,"test"$/);
  });

  it('says how to see the rest of it, and answers wrong input', async () => {
    const { stderr } = await run(t, RevocationList, ['--limit', '2'], { tty: true });
    expect(stderr).toContain('2 of 7 shown. Next page: tomo revocation list --limit 2 --after 6');
    expect(await run(t, RevocationList, ['--user', 'alicia'])).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('Did you mean alice?'),
    });
    expect(await run(t, RevocationList, ['--since', '2020-01-01', '--until', '2020-01-02'])).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: expect.stringContaining('No revocations match.'),
    });
  });
});
