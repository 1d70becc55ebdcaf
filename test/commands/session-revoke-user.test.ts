import { beforeEach, expect, it } from 'vitest';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import type { Session } from '../../src/model/session.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

onPostgres('session revoke-user', (t) => {
  let alice: string;
  let ofAlice: string[];
  let ofBob: string[];

  beforeEach(async () => {
    alice = await aUser(t, { username: 'Alice' });
    const bob = await aUser(t, { username: 'bob' });
    await aUser(t, { username: 'idle' });
    ofAlice = [
      await aSession(t, alice),
      await aSession(t, alice, { remember: true, idle: 5000, age: 9000 }),
      await aSession(t, alice, { idle: 30 }),
    ];
    ofBob = [await aSession(t, bob), await aSession(t, bob)];
    await aSession(t, alice, { idle: 100 });
  });

  const nothingChanged = async () => {
    expect(await liveIds(t)).toEqual([...ofAlice, ...ofBob].toSorted());
    expect(await t.sql('select id from tomo.revocations union all select id from tomo.audit_log')).toEqual([]);
  };

  it('works in a script as the specification writes it: no question, no --yes', async () => {
    const { stdout, stderr, exitCode } = await run(t, SessionRevokeUser, ['alice']);
    expect(exitCode).toBe(0);
    expect(stdout).toBe('Revoked 3 sessions of Alice; 0 remain (revocation 1).\n');
    expect(stderr).toMatch(/can log in again.*password/);
    expect(await liveIds(t)).toEqual(ofBob.toSorted());
  });

  it('keeps reason, number and who did it; what had run out before stays expired', async () => {
    await run(t, SessionRevokeUser, ['alice', '--reason', 'phished']);
    const { sessions } = (await run(t, SessionList, ['--user', 'alice', '--state', 'all', '--json'])).json<{
      sessions: Session[];
    }>();
    const [revoked, expired] = [
      sessions.filter((s) => s.state === 'revoked'),
      sessions.filter((s) => s.state === 'expired'),
    ];
    expect(revoked.map((s) => [s.endReason, s.revocationId, s.expiresAt])).toEqual(Array(3).fill(['revoked', 1, null]));
    expect(revoked[0]).toMatchObject({ endedBy: expect.stringContaining('@'), endedAt: expect.any(String) });
    expect(expired.map((s) => [s.endReason, s.revocationId, s.endedBy])).toEqual([['expired', null, null]]);
    expect(await t.sql('select scope, reason, sessions::int from tomo.revocations')).toEqual([
      { scope: 'user', reason: 'phished', sessions: 3 },
    ]);
    expect(
      await t.sql(
        "select action, reason, detail ->> 'username' as username, (detail ->> 'count')::int as count from tomo.audit_log",
      ),
    ).toEqual([{ action: 'revoke-user', reason: 'phished', username: 'Alice', count: 3 }]);
  });

  it('takes several users, and one that is named twice once', async () => {
    const { stdout, exitCode } = await run(t, SessionRevokeUser, ['bob', 'ALICE', 'Bob']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Revoked 2 sessions of bob; 0 remain .*\nRevoked 3 sessions of Alice; 0 remain .*\n$/);
    expect(await liveIds(t)).toEqual([]);
  });

  it('leaves what is to be kept, and says what remains', async () => {
    const [kept = ''] = ofAlice;
    const { stdout } = await run(t, SessionRevokeUser, ['alice', '--keep', kept.slice(0, 13)]);
    expect(stdout).toMatch(/^Revoked 2 sessions of Alice; 1 remains/);
    expect(await liveIds(t)).toEqual([kept, ...ofBob].toSorted());
  });

  it('asks on a terminal, shows the sessions, and revokes at y', async () => {
    const { stdout, stderr, exitCode } = await run(t, SessionRevokeUser, ['alice'], {
      tty: true,
      answers: [[/Revoke 3 sessions of \w+\?/, 'y\r']],
    });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/3 live sessions of 1 user/);
    expect(stderr.match(/^[0-9a-f]{8} +Alice /gm)).toHaveLength(3);
    expect(stdout).toMatch(/^Revoked 3 sessions of Alice; 0 remain/);
  });

  it.each([
    ['Enter', '\r', 6],
    ['Ctrl-C', '\u0003', 130],
  ])('changes nothing when the question is answered with %s: exit %s', async (_, keys, exit) => {
    const { exitCode } = await run(t, SessionRevokeUser, ['alice'], {
      tty: true,
      answers: [[/Revoke 3 sessions/, keys]],
    });
    expect(exitCode).toBe(exit);
    await nothingChanged();
  });

  it('changes nothing with --dry-run and says what it would do', async () => {
    const { stdout, exitCode } = await run(t, SessionRevokeUser, ['alice', '--keep', ofAlice[0] ?? '', '--dry-run']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/2 live sessions of 1 user/);
    await nothingChanged();
  });

  it('is quiet about a user who is not in, and asks nothing', async () => {
    const { stdout, stderr, exitCode } = await run(t, SessionRevokeUser, ['idle'], { tty: true, answers: [] });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/0 sessions of idle|no live sessions/i);
    expect(stderr).not.toMatch(/Revoke 0 sessions of 0 users\?/);
  }, 5000);

  it.each([
    ['an unknown user', ['alicd'], 4, /no user "alicd"/, /Did you mean Alice/],
    ['an unknown one beside a known one', ['bob', 'nobody1'], 4, /no user "nobody1"/, /./],
    ['an id to keep that is not there', ['alice', '--keep', '12345678'], 4, /no session 12345678/, /kept 7 days/],
    ['a malformed id to keep', ['alice', '--keep', 'mine'], 2, /"mine" is not a session id/, /hex digits/],
    [
      'another number than expected',
      ['alice', '--expect', '4'],
      6,
      /expected 4 sessions and found 3.*Nothing was changed/,
      /./,
    ],
    [
      'another sum than expected',
      ['alice', 'bob', '--expect', '4'],
      6,
      /expected 4 sessions and found 5.*Nothing was changed/,
      /./,
    ],
  ])('refuses %s and changes nothing', async (_, argv, exit, message, wayOut) => {
    const { stdout, stderr, exitCode } = await run(t, SessionRevokeUser, argv);
    expect(exitCode).toBe(exit);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(wayOut);
    await nothingChanged();
  });

  it('refuses to keep a session of somebody else, or one that has ended', async () => {
    const foreign = await run(t, SessionRevokeUser, ['alice', '--keep', ofBob[0] ?? '']);
    expect(foreign.exitCode).toBe(6);
    expect(foreign.stderr).toMatch(/bob/);
    const [dead] = await t.sql<{ id: string }>(
      `select id from tomo.sessions where last_activity_at < now() - interval '90 min' and not remember_me`,
    );
    const ended = await run(t, SessionRevokeUser, ['alice', '--keep', dead?.id ?? '']);
    expect(ended.exitCode).toBe(6);
    expect(ended.stderr).toMatch(new RegExp(`${dead?.id} to keep is (expired|revoked), so nothing was revoked`));
    await nothingChanged();
  });

  it('accepts the expected sum of several users', async () => {
    expect((await run(t, SessionRevokeUser, ['alice', 'bob', '--expect', '5'])).exitCode).toBe(0);
    expect(await liveIds(t)).toEqual([]);
  });

  it('answers in JSON for each user', async () => {
    const ran = await run(t, SessionRevokeUser, ['alice', 'bob', '--json']);
    expect(ran.json()).toMatchObject({
      schemaVersion: 1,
      users: [
        { username: 'Alice', revoked: 3, remaining: 0 },
        { username: 'bob', revoked: 2, remaining: 0 },
      ],
    });
    expect(ran.stderr).toBe('');
  });
});

onPostgres('session revoke-user while others work', (t) => {
  it('does not wait for a login that holds the row of the user', async () => {
    const alice = await aUser(t, { username: 'alice' });
    await aSession(t, alice);
    const login = await t.connect();
    await login.query('begin');
    await login.query('select from tomo.users where id = $1 for no key update', [alice]);
    const { exitCode } = await run(t, SessionRevokeUser, ['alice']);
    expect(exitCode).toBe(0);
    expect(await liveIds(t)).toEqual([]);
    await login.query('rollback');
  });
});
