import { hostname, userInfo } from 'node:os';
import { beforeEach, expect, it } from 'vitest';
import SessionRestore from '../../src/commands/session/restore.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

const A = 'aaaa1111-0000-4000-8000-000000000001';
const B = 'bbbb2222-0000-4000-8000-000000000002';
const C = 'cccc3333-0000-4000-8000-000000000003';
const GONE = 'dddd4444-0000-4000-8000-000000000004';

onPostgres('session revoke, by id', (t) => {
  let alice: string;
  let bob: string;

  beforeEach(async () => {
    alice = await aUser(t, { username: 'alice' });
    bob = await aUser(t, { username: 'bob' });
    await aSession(t, alice, { id: A, browser: 'Firefox', os: 'Windows', ip: '203.0.113.7' });
    await aSession(t, alice, { id: B });
    await aSession(t, bob, { id: C });
  });

  /** Everything a revocation may touch. */
  const everything = async () => [
    await t.sql(
      'select id, ended_at, end_reason, ended_by, revocation_id, epoch, user_epoch from tomo.sessions order by id',
    ),
    await t.sql('select * from tomo.revocations order by id'),
    await t.sql('select * from tomo.audit_log order by id'),
    await t.sql('select t.epoch, t.min_epoch from tomo.settings t'),
  ];

  it('revokes one session at once, without a question, and says what is left', async () => {
    const { stdout, stderr, exitCode } = await run(t, SessionRevoke, [A], { tty: true });
    expect(exitCode).toBe(0);
    expect(stdout).toBe('aaaa1111 revoked (alice, Firefox on Windows, 203.0.113.7)\n');
    expect(stderr).toMatch(/Revoked 1 session of alice; 1 remains\./);
    expect(await liveIds(t)).toEqual([B, C]);
  });

  it('counts what remains: "Revoked 1 session of alice; 2 remain"', async () => {
    await aSession(t, alice);
    expect((await run(t, SessionRevoke, [A])).stderr).toMatch(/^Revoked 1 session of alice; 2 remain\.$/m);
  });

  it('takes several ids, prefixes and upper case', async () => {
    const { stdout, exitCode } = await run(t, SessionRevoke, ['AAAA1111', 'bbbb-2222', C]);
    expect(exitCode).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.slice(0, 16)),
    ).toEqual(['aaaa1111 revoked', 'bbbb2222 revoked', 'cccc3333 revoked']);
    expect(await liveIds(t)).toEqual([]);
  });

  it('reads ids from stdin with -, beside those that are given', async () => {
    const { exitCode } = await run(t, SessionRevoke, [B, '-'], { stdin: `${A}\n\n  cccc3333  \n` });
    expect(exitCode).toBe(0);
    expect(await liveIds(t)).toEqual([]);
  });

  it('revokes nothing when stdin is empty', async () => {
    const { stderr, exitCode } = await run(t, SessionRevoke, ['-'], { stdin: '\n' });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/no ids on stdin/);
    expect(await liveIds(t)).toEqual([A, B, C]);
  });

  it('revokes an id that is given twice once, and answers for each', async () => {
    const ran = await run(t, SessionRevoke, [A, 'aaaa', A, '--json']);
    const report = ran.json<{ revoked: number; results: { outcome: string }[] }>();
    expect(report.revoked).toBe(1);
    expect(report.results).toHaveLength(3);
    expect(new Set(report.results.map(({ outcome }) => outcome)).size).toBe(1);
    expect(await t.sql('select sessions::int from tomo.revocations')).toEqual([{ sessions: 1 }]);
  });

  it('leaves the time of a session that has already ended, and says when, how and by whom', async () => {
    const logout = await aSession(t, alice, { idle: 200, ended: 180, reason: 'logout', by: 'alice' });
    const revoked = await aSession(t, alice, { idle: 60 * 50, ended: 60 * 49, reason: 'revoked', by: 'root@server' });
    const before = await t.sql(
      'select id, ended_at, ended_by from tomo.sessions where ended_at is not null order by id',
    );
    const { stdout, exitCode } = await run(t, SessionRevoke, [logout, revoked]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${logout.slice(0, 8)} .*already ended: logged out by alice.* 3h ago`, 'm'));
    expect(stdout).toMatch(
      new RegExp(`^${revoked.slice(0, 8)} .*already ended.*revoked.*by root@server.* 2d ago`, 'm'),
    );
    expect(
      await t.sql('select id, ended_at, ended_by from tomo.sessions where ended_at is not null order by id'),
    ).toEqual(before);
    expect(await t.sql('select id from tomo.revocations')).toEqual([]);
    expect(await t.sql('select id from tomo.audit_log')).toEqual([]);
  });

  it('can be repeated: the second time it has already ended, just now', async () => {
    await run(t, SessionRevoke, [A]);
    const [before] = await t.sql('select ended_at, revocation_id from tomo.sessions where id = $1', [A]);
    const { stdout, exitCode } = await run(t, SessionRevoke, [A]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^aaaa1111 .*already ended: revoked by .*(now|ago)/);
    expect(await t.sql('select ended_at, revocation_id from tomo.sessions where id = $1', [A])).toEqual([before]);
  });

  it('does not put the end of a session into the future', async () => {
    await t.sql('update tomo.users set is_active = false where id = $1', [alice]);
    const { stdout } = await run(t, SessionRevoke, [A]);
    expect(stdout).toMatch(/^aaaa1111 .*already ended/);
    expect(stdout).not.toMatch(/ in \d+m/);
  });

  it('says that one has run out', async () => {
    const expired = await aSession(t, bob, { idle: 90 });
    expect((await run(t, SessionRevoke, [expired])).stdout).toMatch(/already ended: expired 30m ago/);
  });

  it('does the rest when an id is not found, says how long sessions are kept, and exits with 4', async () => {
    const { stdout, exitCode } = await run(t, SessionRevoke, [A, GONE, C]);
    expect(exitCode).toBe(4);
    const [first, second, third] = stdout.trim().split('\n');
    expect(first).toMatch(/^aaaa1111 revoked/);
    expect(second).toBe(`${GONE} not found; ended sessions are kept 7 days`);
    expect(third).toMatch(/^cccc3333 revoked/);
    expect(await liveIds(t)).toEqual([B]);
  });

  it.each([
    ['a malformed one', ['nonsense'], 2, /"nonsense" is not a session id/],
    ['a short one', ['abc'], 2, /"abc" is too short/],
    ['an ambiguous one', ['aaaa'], 2, /2 sessions start with aaaa/],
  ])('changes nothing at all when there is %s among the ids', async (_, bad, exit, message) => {
    await aSession(t, bob, { id: 'aaaa9999-0000-4000-8000-000000000009' });
    const before = await everything();
    const { stderr, stdout, exitCode } = await run(t, SessionRevoke, [C, ...bad, B]);
    expect(exitCode).toBe(exit);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(await everything()).toEqual(before);
  });

  it('tells two sessions apart whose ids begin alike', async () => {
    const [one, two] = ['eeee5555-1111-4000-8000-000000000001', 'eeee5555-2222-4000-8000-000000000001'];
    await aSession(t, bob, { id: one });
    await aSession(t, bob, { id: two });
    const { stdout } = await run(t, SessionRevoke, [one, two]);
    const [first, second] = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]);
    expect(first).not.toBe(second);
  });

  it('changes nothing with --dry-run and says what it would do', async () => {
    const before = await everything();
    const { stdout, stderr, exitCode } = await run(t, SessionRevoke, [A, C, GONE, '--dry-run']);
    expect(exitCode).toBe(4);
    expect(stdout).toMatch(/^aaaa1111 would be revoked \(alice/m);
    expect(stdout).toMatch(/^cccc3333 would be revoked \(bob/m);
    expect(stdout).toMatch(/not found/);
    expect(stderr).not.toMatch(/Revoked/);
    expect(await everything()).toEqual(before);
    expect((await run(t, SessionRevoke, [A, '-n'])).stderr).toMatch(
      /Would revoke 1 session of alice; 1 would remain\./,
    );
  });

  it('refuses with exit 6 when the number differs from --expect, and changes nothing', async () => {
    const before = await everything();
    const { stderr, exitCode } = await run(t, SessionRevoke, [A, B, '--expect', '3']);
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/expected 3 sessions and found 2.*Nothing was changed/);
    expect(await everything()).toEqual(before);
    expect((await run(t, SessionRevoke, [A, B, '--expect', '2'])).exitCode).toBe(0);
  });

  it('keeps reason, actor, number and digest in revocation and audit', async () => {
    await run(t, SessionRevoke, [A, C, '--reason', '  stolen laptop ', '--compromised', '--yes']);
    const [revocation] = await t.sql<Record<string, unknown>>(
      'select id::int, scope, reason, compromised, actor, sessions::int from tomo.revocations',
    );
    expect(revocation).toMatchObject({
      scope: 'sessions',
      reason: 'stolen laptop',
      compromised: true,
      sessions: 2,
    });
    expect(revocation?.actor).toMatchObject({ osUser: userInfo().username, host: hostname(), dbRole: 'postgres' });
    const audit = await t.sql<{ action: string; reason: string; detail: Record<string, unknown> }>(
      'select action, reason, detail from tomo.audit_log',
    );
    expect(audit).toHaveLength(1);
    expect(audit[0]).toMatchObject({
      action: 'revoke',
      reason: 'stolen laptop',
      detail: { count: 2, revocation: revocation?.id, ids: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(
      await t.sql('select ended_by, end_reason, revocation_id::int from tomo.verdicts(now()) where id = $1', [A]),
    ).toEqual([
      { ended_by: `${userInfo().username}@${hostname()}`, end_reason: 'revoked', revocation_id: revocation?.id },
    ]);
  });

  it('bars with --compromised what an earlier revocation has ended from being restored', async () => {
    await run(t, SessionRevoke, [A]);
    const dry = await run(t, SessionRevoke, [A, '--compromised', '--dry-run']);
    expect(dry.stdout).toMatch(/had already ended: revoked by .+; it could then no longer be restored \(/);
    const { stdout, stderr } = await run(t, SessionRevoke, [A, '--compromised'], {
      tty: true,
      answers: [[/it could then no longer be restored[\s\S]*Revoke 1 session of alice for good\?/, 'y\r']],
    });
    expect(stdout).toMatch(/had already ended: revoked by .+; it can no longer be restored \(/);
    expect(stderr).toContain('it cannot be undone');
    await run(t, SessionRestore, ['1']);
    expect(await liveIds(t)).toEqual([B, C]);
  });

  it.each([
    ['by id', SessionRevoke, [A]],
    ['by ids of stdin', SessionRevoke, ['-']],
    ['by filter', SessionRevoke, ['--user', 'alice']],
    ['of a user', SessionRevokeUser, ['alice']],
    ['of everybody', SessionRevokeAll, []],
  ] as const)(
    'for a compromise asks before it ends for good, and needs --yes without a terminal: %s',
    async (_, command, argv) => {
      const words = [...argv, '--compromised'];
      const refused = await run(t, command, words, { stdin: A });
      expect(refused).toMatchObject({ exitCode: 6, stdout: '' });
      expect(await liveIds(t)).toHaveLength(3);
      if (!words.includes('-')) {
        const no = await run(t, command, words, { tty: true, answers: [[/cannot be undone[\s\S]*for good\?/, '\r']] });
        expect(no).toMatchObject({ exitCode: 6 });
        expect(await liveIds(t)).toHaveLength(3);
      }
      expect(await run(t, command, [...words, '--yes'], { stdin: A })).toMatchObject({ exitCode: 0 });
      expect(await liveIds(t)).not.toContain(A);
      // what ends nobody needs none
      if (command !== SessionRevoke || argv[0] === '--user') return;
      expect(await run(t, command, words, { stdin: A })).toMatchObject({ exitCode: 0 });
    },
  );

  it('answers in JSON for each id, with the exit code of the text', async () => {
    const ran = await run(t, SessionRevoke, [A, GONE, '--json']);
    expect(ran.exitCode).toBe(4);
    expect(ran.stderr).toBe('');
    expect(ran.json()).toMatchObject({
      schemaVersion: 1,
      dryRun: false,
      revoked: 1,
      remaining: { username: 'alice', sessions: 1 },
      retention: 7,
      results: [
        { id: A, outcome: 'revoked', session: { id: A, state: 'revoked', endReason: 'revoked' } },
        { id: GONE, outcome: 'not-found', session: null },
      ],
    });
  });
});
