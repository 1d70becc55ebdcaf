import { beforeEach, expect, it } from 'vitest';
import SessionList from '../../src/commands/session/list.ts';
import SessionRestore from '../../src/commands/session/restore.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import SessionShow from '../../src/commands/session/show.ts';
import SessionStats from '../../src/commands/session/stats.ts';
import SessionWhy from '../../src/commands/session/why.ts';
import UserShow from '../../src/commands/user/show.ts';
import type { Explanation } from '../../src/domain/session/why.ts';
import { clean } from '../db/helpers.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

const ID = '3f2a9c41-5b6c-4d7e-8f90-a1b2c3d4e5f6';

onPostgres('session why', (t) => {
  let ann: string;
  const why = (...more: string[]) => run(t, SessionWhy, [ID, ...more], { tty: true });
  const setting = (values: object, origin = 'database') =>
    t.sql(`select tomo.set_settings($1::jsonb, '{"osUser": "root", "host": "box"}', $2)`, [
      JSON.stringify(values),
      origin,
    ]);
  const last = (text: string) => text.split('\n').filter(Boolean).at(-1) ?? '';
  const flat = (text: string) => text.replaceAll(/\s+/g, ' ');

  beforeEach(async () => {
    ann = await aUser(t, { username: 'ann' });
  });

  it('says of a live session which rules it passes, when it dies, what moves that and how far', async () => {
    await setting({ session_max_lifetime: 480, session_timeout: 30 });
    await aSession(t, ann, { id: ID, idle: 3, age: 120 });
    const { stdout, exitCode } = await why();
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')[0]).toBe('Live: the server would accept session 3f2a9c41 of ann now.');
    expect(stdout.match(/ passed /g)).toHaveLength(9);
    expect(stdout).toMatch(/^within idle timeout +passed +idle for 3 min of 30 min$/m);
    expect(stdout).toMatch(/^within absolute lifetime +passed +logged in for 2 h of 8 h$/m);
    expect(flat(stdout)).toMatch(/Dies at \S+ \S+ UTC \(in 2[67]m\) if nothing happens: the idle timeout\./);
    expect(flat(stdout)).toMatch(
      /Each request moves that to 30 min after it \(written at most every 60 s\), never beyond [\d-]+ [\d:]+ UTC: the absolute lifetime\./,
    );
    expect(stdout).toMatch(
      /session_timeout +30 min \(database, set just now by root@box\)|session_timeout +30 min \(database, set \d+s ago by root@box\)/,
    );
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('says that the absolute lifetime ends it whatever happens', async () => {
    await setting({ session_max_lifetime: 130 }, 'environment');
    await aSession(t, ann, { id: ID, idle: 3, age: 120 });
    const { stdout } = await why();
    expect(flat(stdout)).toMatch(/Dies at .* \(in (9|10)m\) whatever happens: the absolute lifetime\./);
    expect(stdout).toMatch(/session_max_lifetime +2 h 10 min \(environment, set /);
  });

  it.each([
    [
      { idle: 75, age: 600 },
      /^Dead: expired 15m ago, at [\d-]+ [\d:]+ UTC, 60 min after its last activity, the timeout\./,
    ],
    [
      { idle: 43_260, age: 50_000, remember: true },
      /^Dead: expired 1h ago, at .* 30 days after its last activity, the remember-me timeout\./,
    ],
    [{ idle: 1, age: 10, ended: 5, reason: 'logout', by: 'ann' }, /^Dead: ann logged out 5m ago\./],
    [
      { idle: 1, age: 10, ended: 5, reason: 'evicted', by: 'session limit' },
      /^Dead: evicted 5m ago by the session limit, to let a newer login of ann in\./,
    ],
    [{ idle: 75, age: 90, ended: 15, reason: 'expired' }, /^Dead: expired 15m ago, at /],
  ])('says of an ended one how it ended: %o', async (values, sentence) => {
    await aSession(t, ann, { id: ID, ...values });
    const { stdout } = await why();
    expect(flat(stdout)).toMatch(sentence);
    expect(flat(stdout)).toMatch(
      /What next That (does not change any more|cannot be undone): the user has to log in again\./,
    );
  });

  it('names the earlier of two limits that it has passed', async () => {
    await setting({ session_max_lifetime: 90 });
    await t.sql(`update tomo.past_timeouts set until = until - interval '1 day'`);
    await aSession(t, ann, { id: ID, idle: 70, age: 120 });
    expect(flat((await why()).stdout)).toMatch(
      /^Dead: expired (29|30)m ago, at .*, 90 min after the login, the absolute lifetime\./,
    );
    expect((await why('--json')).json<Explanation>().failed).toBe('lifetime');
  });

  it('says which setting had ended it where that was raised since, by whom, and that it stays dead', async () => {
    await aSession(t, ann, { id: ID, idle: 75, age: 80 });
    await setting({ session_timeout: 480 });
    const { stdout } = await why();
    expect(flat(stdout)).toMatch(
      /^Dead: expired 1[45]m ago, at .*, 60 min after its last activity, the timeout then\. It was raised .* by root@box, which brings nobody back\./,
    );
    expect(stdout).toMatch(/^within idle timeout +passed +idle for 75 min of 8 h$/m);
    expect(stdout).toMatch(/^also under earlier timeouts +failed +activity must be after /m);
    await t.sql('truncate tomo.audit_log');
    const forgotten = (await why('--json')).stdout;
    expect(JSON.parse(forgotten)).toMatchObject({
      state: 'expired',
      failed: 'idle-floor',
      expiry: { at: expect.any(String), rule: 'idle', minutes: 60, raised: { by: null } },
    });
    expect(flat((await why()).stdout)).toMatch(
      /the timeout then\. It was raised (just now|\ds ago), which brings nobody back\./,
    );
  });

  it('does the same for an absolute lifetime that was lifted', async () => {
    await setting({ session_max_lifetime: 60 });
    await t.sql(`update tomo.past_timeouts set until = until - interval '1 day'`);
    await aSession(t, ann, { id: ID, idle: 1, age: 70 });
    await setting({ session_max_lifetime: 0 });
    expect(flat((await why()).stdout)).toMatch(
      /^Dead: expired .*, 60 min after the login, the absolute lifetime then\. It was raised /,
    );
  });

  it('says which change has ended it, and no later one that let nobody live longer', async () => {
    await aSession(t, ann, { id: ID, idle: 40, age: 50 });
    await setting({ session_timeout: 30 });
    const lowered =
      /^Dead: expired .*, at .*, when the timeout was lowered to 30 min by root@box, 40 min after its last activity\./;
    expect(flat((await why()).stdout)).toMatch(lowered);
    await t.sql(`select tomo.set_settings('{"session_timeout": 20}', '{"user": "olga"}')`);
    await t.sql(`select tomo.set_settings('{"remember_me_timeout": 50000}', '{"user": "olga"}')`);
    const { expiry } = (await why('--json')).json<Explanation>();
    expect(expiry).toMatchObject({ rule: 'idle', minutes: 30, lowered: { by: 'root@box' }, raised: null });
    expect(expiry?.at).toBe(expiry?.lowered?.at);
    await t.sql(`select tomo.set_settings('{"session_timeout": 31}', '{"user": "eve"}')`);
    expect((await why('--json')).json<Explanation>().expiry).toMatchObject({
      ...expiry,
      raised: { by: 'eve (claimed)' },
    });
    // and of the absolute lifetime, of another session
    await t.sql('delete from tomo.sessions');
    await aSession(t, ann, { id: ID, idle: 1, age: 150 });
    await setting({ session_max_lifetime: 60 });
    expect(flat((await why()).stdout)).toMatch(
      /^Dead: expired .*, when the absolute lifetime was lowered to 60 min by root@box, 2 h 30 min after the login\./,
    );
  });

  it('says of no timeout that it was never raised, which nobody knows once the earlier ones are forgotten', async () => {
    await setting({ session_timeout: 480 });
    await aSession(t, ann, { id: ID, idle: 500, age: 510 });
    await t.sql('delete from tomo.past_timeouts');
    const { stdout } = await why();
    expect(stdout).toMatch(/^also under earlier timeouts +passed +none since the login$/m);
    expect(stdout).toMatch(/^also under earlier lifetimes +passed +none since the login$/m);
  });

  it('tells one end, exact and still, as every other command does, whatever has been changed since', async () => {
    await aSession(t, ann, { id: ID, idle: 75, age: 80 });
    await setting({ session_timeout: 480 });
    const [{ at = '' } = {}] = await t.sql<{ at: string }>(
      `select to_json(last_activity_at + interval '60 minutes') #>> '{}' as at from tomo.sessions`,
    );
    const session = { state: 'expired', endedAt: at, endReason: 'expired' };
    for (const change of [() => Promise.resolve({}), () => setting({ session_timeout: 500 }), () => clean(t)]) {
      await change();
      const all = ['--state', 'all'];
      const [, csv] = (await run(t, SessionList, [...all, '--output', 'csv', '--columns', 'ended'])).stdout.split('\n');
      expect(csv).toBe(at);
      const line = (await run(t, SessionList, [...all, '--output', 'ndjson'])).stdout;
      expect(JSON.parse(line)).toMatchObject(session);
      expect((await run(t, SessionList, [...all, '--json'])).json()).toMatchObject({ sessions: [session] });
      expect((await run(t, SessionShow, [ID, '--json'])).json()).toMatchObject({ session });
      expect((await run(t, UserShow, ['ann', '--json'])).json()).toMatchObject({ logins: [session] });
      expect((await why('--json')).json()).toMatchObject({ session, expiry: { at }, failed: 'idle-floor' });
      const since = async (then: string) =>
        (await run(t, SessionStats, ['--since', then, '--json'])).json<{ totals: { ended: object } }>().totals.ended;
      expect(await since(at)).toMatchObject({ expired: 1 });
      expect(
        await since(at.replace(/\.(\d+)/, (_, d) => `.${String(Number(d.padEnd(6, '0')) + 1).padStart(6, '0')}`)),
      ).toMatchObject({
        expired: 0,
      });
    }
  });

  it('points at a setting that was changed while the session lived', async () => {
    await aSession(t, ann, { id: ID, idle: 40, age: 50 });
    await setting({ session_timeout: 30 });
    expect(flat((await why()).stdout)).toMatch(
      /session_timeout was changed (just now|\ds ago) by root@box, while this session lived; a new value holds at once\./,
    );
  });

  it.each([
    ['sessions', SessionRevoke, [ID], /^Dead: revoked .* by \S+, chosen \(revocation 1: "lost phone"\)\./],
    [
      'user',
      SessionRevokeUser,
      ['ann'],
      /^Dead: revoked .* by \S+, with all sessions of ann \(revocation 1: "lost phone"\)\./,
    ],
    ['all', SessionRevokeAll, ['--yes'], /^Dead: revoked .* by \S+, with everybody \(revocation 1: "lost phone"\)\./],
  ] as const)(
    'names the revocation of scope %s, and the command that undoes it does',
    async (_, command, argv, sentence) => {
      await aSession(t, ann, { id: ID });
      await run(t, command, [...argv, '--reason', 'lost phone']);
      const { stdout } = await why();
      expect(flat(stdout)).toMatch(sentence);
      const [, revocation = ''] =
        /Can be undone until .*?: tomo session restore (\d+)$/m.exec(flat(stdout).replace(' Settings', '\nSettings')) ??
        [];
      expect((await run(t, SessionRestore, [revocation])).exitCode).toBe(0);
      expect((await why('--json')).json<Explanation>()).toMatchObject({ live: true, failed: null, restore: null });
    },
  );

  it('names the first revocation, and every other one that keeps the session out', async () => {
    await aSession(t, ann, { id: ID });
    await t.sql(`select tomo.revoke_user($1, '{"user": "olga"}', 'first')`, [ann]);
    await t.sql(`select tomo.revoke_all('{"user": "olga"}', 'second')`);
    const { stdout } = await why();
    expect(flat(stdout)).toMatch(
      /^Dead: revoked .* by olga \(claimed\), with all sessions of ann \(revocation 1: "first"\)\./,
    );
    expect(stdout).toMatch(/^not revoked with everybody +failed +logged in before that$/m);
    expect(flat(stdout)).toContain('tomo session restore 1 && tomo session restore 2');
    expect(flat(stdout)).toMatch(/Revocation 2 keeps it out, too: with everybody, by olga .*, "second"\./);
    await run(t, SessionRestore, ['1']);
    expect(flat((await why()).stdout)).toMatch(/^Dead: revoked .* with everybody \(revocation 2: "second"\)\./);
  });

  it.each([
    ['compromised', `update tomo.revocations set compromised = true`, /Cannot be undone: revoked for a compromise/],
    [
      'too-old',
      `update tomo.revocations set at = at - interval '25 hours'`,
      /Cannot be undone any more: a revocation can be restored for 24 hours/,
    ],
    [
      'expired',
      `do $$ begin
         update tomo.sessions set last_activity_at = now() - interval '2 hours', created_at = now() - interval '3 hours';
         update tomo.revocations set at = now() - interval '90 minutes';
       end $$`,
      /would not help: it has expired meanwhile/,
    ],
    [
      'user-inactive',
      `update tomo.users set is_active = false`,
      /Lives again only when the user is activated in Tomo and then: tomo session restore 1/,
    ],
  ])('says why it cannot be undone: %s', async (obstacle, change, words) => {
    await aSession(t, ann, { id: ID });
    await run(t, SessionRevoke, [ID]);
    await t.sql(change);
    expect(flat((await why()).stdout)).toMatch(words);
    expect((await why('--json')).json<Explanation>().restore).toMatchObject({ possible: false, obstacle, until: null });
  });

  it('says that the user is not active', async () => {
    t.notOnCluster('no trigger watches it there');
    await aSession(t, ann, { id: ID });
    await t.sql('update tomo.users set is_active = false');
    const { stdout } = await why();
    expect(flat(stdout)).toMatch(/^Dead: revoked .* by postgres, with all sessions of ann \(revocation 1: /);
    expect(flat(stdout)).toContain(
      'Lives again only when the user is activated in Tomo and then: tomo session restore 1',
    );
    // one of after that
    await t.sql('delete from tomo.sessions');
    await aSession(t, ann, { id: ID });
    expect((await why()).stdout).toMatch(/^Dead: the user ann is not active\./);
  });

  it('answers "expires too quickly": environment, clock, requests that do not count, a user who came back', async () => {
    await aSession(t, ann, { id: ID, idle: 90, age: 120 });
    const request = (minutes: number, path: string) =>
      t.sql(
        `insert into tomo.session_activity (session_id, user_id, at, kind, name, path)
         values ($1, $2, now() - make_interval(mins => $3), 'api', 'GET', $4)`,
        [ID, ann, minutes, path],
      );
    for (const [minutes, path] of [
      [90, '/servers'],
      [70, '/api/poll'],
      [60, '/api/poll'],
      [10, '/servers'],
    ] as const)
      await request(minutes, path);
    const options = {
      tty: true,
      env: { SESSION_TIMEOUT: '480', SESSION_MAX_LIFETIME: '0' },
      now: new Date(Date.now() + 90_000),
    };
    const text = flat((await run(t, SessionWhy, [ID], options)).stdout);
    expect(text).toContain(
      'SESSION_TIMEOUT is 480 in this environment; the database decides, and it says session_timeout = 60.',
    );
    expect(text).not.toContain('SESSION_MAX_LIFETIME');
    expect(text).toMatch(/The clock of this machine is (90|89|91) s ahead of the database's/);
    expect(text).toMatch(/2 requests came while it was idle, the last one .*, and did not count/);
    expect(text).toMatch(/1 request came after it had expired, the first one/);
    expect(text).toMatch(/Latest requests .*\/servers.*\/api\/poll/);
    expect((await run(t, SessionWhy, [ID, '--json'])).json<Explanation>().hints.map(({ kind }) => kind)).toEqual([
      'activity-not-counted',
      'came-back',
    ]);
  });

  it('gives programs every figure', async () => {
    await aSession(t, ann, { id: ID, idle: 3, age: 120 });
    const json = (await why('--json')).json<Explanation & { schemaVersion: number }>();
    expect(json).toMatchObject({
      schemaVersion: 1,
      live: true,
      state: 'active',
      failed: null,
      expiry: null,
      restore: null,
      revocations: [],
      hints: [],
    });
    expect(json.rules.map(({ rule }) => rule)).toEqual([
      'not-ended',
      'user-active',
      'revoked-all',
      'revoked-user',
      'revoked-chosen',
      'idle',
      'idle-floor',
      'lifetime',
      'lifetime-floor',
    ]);
    expect(json.rules[5]).toMatchObject({
      setting: { key: 'session_timeout', value: 60, origin: 'default', at: null, by: null },
    });
    expect(json.outlook).toMatchObject({ by: 'idle', extension: 60, touchInterval: 60, latest: null });
  });

  it('names what does not exist', async () => {
    const { stderr, exitCode } = await why();
    expect(exitCode).toBe(4);
    expect(last(stderr)).toMatch(/Ended sessions are kept 7 days/);
  });
});
