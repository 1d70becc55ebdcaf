import { beforeEach, expect, it } from 'vitest';
import type { ChangeReport } from '../../src/cli/base/settings-command.ts';
import ConfigApplyEnv from '../../src/commands/config/apply-env.ts';
import ConfigGet from '../../src/commands/config/get.ts';
import ConfigPreset from '../../src/commands/config/preset.ts';
import ConfigReset from '../../src/commands/config/reset.ts';
import ConfigSet from '../../src/commands/config/set.ts';
import { anAlert, aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres, type TestDatabase } from '../support/database.ts';
import { run } from '../support/run.ts';
import { aToken, KEY_ENV } from '../support/tokens.ts';

const audit = (t: TestDatabase) =>
  t.sql<{ action: string; reason: string | null; detail: Record<string, unknown> }>(
    'select action, reason, detail from tomo.audit_log order by id',
  );
const value = async (t: TestDatabase, key: string, ...more: string[]) =>
  (await run(t, ConfigGet, [key, ...more])).stdout.trim();

onPostgres('config set', (t) => {
  let ann: string;
  beforeEach(async () => {
    ann = await aUser(t, { username: 'ann' });
  });

  it('says old and new, and writes one audit row with the reason', async () => {
    const ran = await run(t, ConfigSet, ['session-timeout', '8h', '--reason', 'long days']);
    expect(ran).toMatchObject({
      stdout: 'session_timeout: 60 min -> 8 h (480 min)\n',
      stderr: 'A longer timeout brings nobody back: what has expired stays dead.\n',
      exitCode: 0,
    });
    expect(await audit(t)).toEqual([
      {
        action: 'set',
        reason: 'long days',
        detail: { origin: 'database', from: { session_timeout: 60 }, to: { session_timeout: 480 } },
      },
    ]);
  });

  it('sets several, all or none', async () => {
    const { stdout } = await run(t, ConfigSet, [
      'max_sessions_per_user=5',
      'trusted_networks=10.0.0.0/8,192.0.2.1',
      'location_alerts=on',
    ]);
    expect(stdout).toBe(
      'max_sessions_per_user: unlimited -> 5\nlocation_alerts: off -> on\ntrusted_networks: none -> 10.0.0.0/8, 192.0.2.1/32\nAt the next logins nobody is at the limit.\n',
    );
    expect(await run(t, ConfigSet, ['jwt_expiry=5', 'session_timeout=0'])).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await value(t, 'jwt_expiry')).toBe('60');
    expect(await audit(t)).toHaveLength(1);
  });

  it('says that nothing changes, or only the origin, and audits the latter', async () => {
    expect((await run(t, ConfigSet, ['session_timeout', '60'])).stdout).toBe(
      'session_timeout: 60 min as before, now set here (it was the default)\n',
    );
    expect((await run(t, ConfigSet, ['session_timeout', '1h'])).stdout).toBe(
      'Nothing to change: it is already set like that.\n',
    );
    expect(await audit(t)).toHaveLength(1);
  });

  it('a shortened timeout kills at once and says how many; a lengthened one revives none', async () => {
    const young = await aSession(t, ann);
    const bob = await aUser(t, { username: 'bob' });
    for (const user of [ann, ann, bob]) await aSession(t, user, { idle: 45 });
    await aSession(t, bob, { idle: 45, remember: true, ended: 3 });
    const { stdout, stderr } = await run(t, ConfigSet, ['session_timeout', '30', '--yes']);
    expect(stdout).toBe(
      'session_timeout: 60 min -> 30 min\n3 live sessions of 2 users are over the new timeout and are dead now, for good.\n',
    );
    expect(stderr).toBe('');
    expect(await liveIds(t)).toEqual([young]);
    expect((await run(t, ConfigSet, ['session_timeout=480', 'session_max_lifetime=none'])).stderr).toMatch(
      /brings nobody back/,
    );
    expect(await liveIds(t)).toEqual([young]);
    expect((await run(t, ConfigSet, ['session_max_lifetime', '5', '--yes'])).stdout).toMatch(
      /1 live session of 1 user is over the new lifetime and is dead now/,
    );
    expect(await liveIds(t)).toEqual([]);
  });

  it('says with --simulate what would happen without the change, too', async () => {
    for (let n = 0; n < 7; n += 1) await aSession(t, ann);
    await run(t, ConfigSet, ['max_sessions_per_user=6', '--yes']);
    const simulated = async (change: string) => (await run(t, ConfigSet, [change, '--simulate'])).stdout;
    expect(await simulated('max_sessions_per_user=3')).toContain(
      '5 sessions of 1 user would be evicted (as set now: 2 sessions of 1 user).',
    );
    expect(await simulated('session_limit_action=deny')).toContain(
      '1 user would be refused (as set now: 2 sessions of 1 user).',
    );
  });

  it('says with --simulate what would happen, and changes nothing', async () => {
    for (let i = 0; i < 7; i += 1) await aSession(t, ann, { idle: 45 });
    await aSession(t, ann, { idle: 3 * 1440, ended: 3 * 1440 });
    await t.sql(
      `insert into tomo.alerts (kind, user_id, created_at) values ('login', $1, now() - interval '100 days')`,
      [ann],
    );
    const live = await liveIds(t);
    const { stdout, stderr } = await run(t, ConfigSet, ['session_timeout', '30', '--simulate'], { tty: true });
    expect(stdout).toMatch(
      /^session_timeout: 60 min -> 30 min\nDead at once and for good would be 7 live sessions of 1 user:\nID .*\n(.* ann .*\n){5}… and 2 more\n$/,
    );
    expect(stderr).toMatch(/^This is .*\.\nSimulated: nothing was changed\.\n$/);
    const rest = await run(t, ConfigSet, [
      'max_sessions_per_user=3',
      'retention_sessions=1',
      'retention_audit_logs=90',
      'retention_activity_logs=1',
      '-n',
    ]);
    expect(rest.stdout.split('\n').slice(4)).toEqual([
      'At the next logins 5 sessions of 1 user would be evicted (as set now: none).',
      '  ann: 5 of 7',
      'The next cleanup would delete 1 ended session (as set now: nothing).',
      'The next cleanup would delete nothing (as set now: nothing).',
      'The next cleanup would delete 1 alert (as set now: nothing).',
      '',
    ]);
    expect(
      (await run(t, ConfigSet, ['max_sessions_per_user=3', 'session_limit_action=deny', '--dry-run'])).stdout,
    ).toMatch(/At the next logins 1 user would be refused \(as set now: none\)\./);
    const json = (await run(t, ConfigSet, ['session_timeout=30', '--simulate', '--json'])).json<ChangeReport>();
    expect(json).toMatchObject({
      schemaVersion: 1,
      simulated: true,
      changes: [{ key: 'session_timeout', from: 60, to: 30, fromOrigin: 'default', toOrigin: 'database' }],
      ends: { sessions: 7, users: 1 },
      limit: null,
      cleanup: null,
    });
    expect([await liveIds(t), await audit(t), await value(t, 'session_timeout')]).toEqual([live, [], '60']);
  });

  it('asks when it takes something for good, with the numbers, and takes no for an answer', async () => {
    await aSession(t, ann, { idle: 45 });
    const set = (keys: string) =>
      run(t, ConfigSet, ['session_timeout', '30'], {
        tty: true,
        answers: [[/End 1 live session of ann for good\?/, keys]],
      });
    const no = await set('\r');
    expect(no.exitCode).toBe(6);
    expect(no.stderr).toMatch(
      /session_timeout: 60 min -> 30 min\n1 live session of 1 user:\n[\s\S]*cannot be undone: a longer timeout brings nobody back/,
    );
    expect([await value(t, 'session_timeout'), await audit(t)]).toEqual(['60', []]);
    expect(await set('y\r')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/is dead now/) });
    await aSession(t, ann, { idle: 20 });
    expect(await run(t, ConfigSet, ['session_timeout', '15', '--yes'], { tty: true })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/is dead now/),
    });
  });

  it('wants the name of the database typed where it takes something from more than one', async () => {
    for (const user of [ann, await aUser(t)]) await aSession(t, user, { idle: 45 });
    const set = (keys: string) =>
      run(t, ConfigSet, ['session_timeout', '30'], {
        tty: true,
        answers: [[/End 2 live sessions of 2 users for good\? Type "\w+"/, keys]],
      });
    expect(await set('y\r')).toMatchObject({ exitCode: 6 });
    expect(await liveIds(t)).toHaveLength(2);
    expect(await set(`${t.db.name}\r`)).toMatchObject({ exitCode: 0 });
    expect(await liveIds(t)).toEqual([]);
  });

  it.each([
    ['a shorter timeout', ConfigSet, ['session_timeout', '30'], {}],
    ['a shorter Remember Me', ConfigSet, ['remember_me_timeout', '30'], {}],
    ['a lifetime', ConfigSet, ['session_max_lifetime', '30'], {}],
    ['a preset', ConfigPreset, ['shared'], {}],
    ['a default', ConfigReset, ['session_timeout'], {}],
    ['every default', ConfigReset, ['--all'], {}],
    ['an environment', ConfigApplyEnv, [], { SESSION_TIMEOUT: '30' }],
    ['fewer days of sessions', ConfigSet, ['retention_sessions', '1'], {}],
    ['fewer days of activity', ConfigSet, ['retention_activity_logs', '10'], {}],
    ['fewer days of audit', ConfigSet, ['retention_audit_logs', '90'], {}],
  ] as const)(
    'without a terminal %s needs --yes if anything would be lost, and only then',
    async (_, command, argv, env) => {
      // long ago
      await t.sql(`select tomo.set_settings('{"session_timeout": 480}')`);
      await t.sql('delete from tomo.past_timeouts');
      const kept = await run(t, command, [...argv], { env });
      expect(kept, kept.stderr).toMatchObject({ exitCode: 0 });
      await t.sql(`select tomo.set_settings('{"session_timeout": 480, "remember_me_timeout": 43200, "session_max_lifetime": 0,
      "retention_sessions": 7, "retention_activity_logs": 90, "retention_audit_logs": 365}')`);
      await t.sql('delete from tomo.past_timeouts');
      await aSession(t, ann, { idle: 90 });
      await aSession(t, ann, { idle: 90, remember: true });
      const ended = await aSession(t, ann, { idle: 3 * 1440, ended: 3 * 1440 });
      await t.sql(
        `insert into tomo.session_activity (session_id, user_id, at, kind) select $1, $2, now() - interval '20 days', 'api'`,
        [ended, ann],
      );
      await anAlert(t, ann);
      await t.sql(`update tomo.alerts set created_at = now() - interval '100 days'`);
      const settings = () => t.sql('select * from tomo.settings');
      const now = await settings();
      const refused = await run(t, command, [...argv], { env });
      expect(refused).toMatchObject({ exitCode: 6, stdout: '' });
      expect(refused.stderr).toMatch(/needs a confirmation[\s\S]*--simulate[\s\S]*--yes/);
      expect(await settings()).toEqual(now);
      expect(await run(t, command, [...argv, '--yes'], { env })).toMatchObject({ exitCode: 0 });
      expect(await settings()).not.toEqual(now);
    },
  );

  it('does as a Tomo user what the role allows, and says that the own session is among them', async () => {
    const eve = await aUser(t, { username: 'eve', role: 'readonly' });
    const own = await aSession(t, await aUser(t, { username: 'alice', role: 'admin' }), { idle: 45 });
    const as = async (session: string, argv: string[], answers: [RegExp, string][] = []) =>
      run(t, ConfigSet, argv, { tty: true, answers, env: { ...KEY_ENV, TOMO_TOKEN: await aToken(t, session) } });
    const watching = await aSession(t, eve);
    for (const more of [[], ['--simulate']])
      expect(await as(watching, ['session_timeout', '30', ...more])).toMatchObject({
        exitCode: 5,
        stderr: expect.stringMatching(/needs role admin; you are eve/),
      });
    expect(
      (
        await as(
          own,
          ['session_timeout', '30'],
          [[/End 1 live session of alice, your own among them, for good\?/, 'y\r']],
        )
      ).exitCode,
    ).toBe(0);
    expect(await t.sql(`select actor ->> 'user' as user from tomo.audit_log`)).toEqual([{ user: 'alice' }]);
  });

  it('does not ask where nothing ends', async () => {
    await aSession(t, ann);
    expect(await run(t, ConfigSet, ['session_timeout=30', 'max_sessions_per_user=1'], { tty: true })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(
        /No live session is over the new timeout\.\nAt the next logins 1 session of 1 user will be evicted\./,
      ),
    });
  });

  it('warns that the server sets again what came from its environment, and where this environment says otherwise', async () => {
    await t.sql(`select tomo.set_settings('{"session_timeout": 30}', null, 'environment')`);
    expect((await run(t, ConfigSet, ['session_timeout', '60'])).stderr).toMatch(
      /^Warning: session_timeout came from a server's environment, which sets it again at the next start\. Change SESSION_TIMEOUT there, too\.$/m,
    );
    expect((await run(t, ConfigSet, ['session_timeout', '45'])).stderr).toBe('');
    expect(
      (await run(t, ConfigSet, ['session_timeout', '50'], { env: { SESSION_TIMEOUT: '30', JWT_EXPIRY: '5' } })).stderr,
    ).toMatch(
      /^A longer .*\nWarning: SESSION_TIMEOUT is 30 in this environment; .* 50 min in the database, which counts\..*\n$/,
    );
  });

  it('sets and resets the own limit of one user', async () => {
    for (let i = 0; i < 4; i += 1) await aSession(t, ann);
    const set = await run(t, ConfigSet, ['max_sessions_per_user', '3', '--user', 'ANN', '--reason', 'bots']);
    expect(set).toMatchObject({
      stdout:
        'max_sessions_per_user of ann: unlimited -> 3\nAt the next logins 2 sessions of 1 user will be evicted.\n',
      stderr: '',
      exitCode: 0,
    });
    expect(await value(t, 'max_sessions_per_user', '--user', 'ann')).toBe('3');
    expect((await run(t, ConfigSet, ['max_sessions_per_user=3', '--user', 'ann'])).stdout).toMatch(/Nothing to change/);
    expect((await run(t, ConfigReset, ['max_sessions_per_user', '--user', 'ann'])).stdout).toMatch(
      /^max_sessions_per_user of ann: 3 -> unlimited$/m,
    );
    expect((await run(t, ConfigReset, ['max_sessions_per_user', '--user', 'ann'])).stdout).toMatch(/Nothing to change/);
    expect((await audit(t)).map(({ action, reason, detail }) => [action, reason, detail['to']])).toEqual([
      ['set-user-limit', 'bots', 3],
      ['set-user-limit', null, null],
    ]);
  });

  it.each([
    [['sesion_timeout', '5'], 2, /There is no setting "sesion_timeout"\.\nDid you mean session_timeout\?/],
    [
      ['session_timeout'],
      2,
      /No value for session_timeout is given\.\nIt takes a whole number of minutes from 1 to 43200/,
    ],
    [['session_timeout', '0'], 2, /session_timeout: "0" is not a whole number of minutes from 1 to 43200 \(30 days\)/],
    [['session_timeout', '5', '10'], 2, /"10" is one word too many/],
    [[], 2, /key/],
    [['session_timeout', '5', '--user', 'ann'], 2, /session_timeout holds for everybody/],
    [['max_sessions_per_user=3', 'jwt_expiry=5', '--user', 'ann'], 2, /jwt_expiry holds for everybody/],
    [['max_sessions_per_user', '3', '--user', 'anne'], 4, /There is no user "anne"\.\nDid you mean ann\?/],
    [['session_timeout', '5', '--reason', 'x'.repeat(501)], 2, /--reason is 501 characters long/],
  ])('%j is refused, and changes nothing', async (argv, code, message) => {
    for (const more of [[], ['--simulate']]) {
      const { stdout, stderr, exitCode } = await run(t, ConfigSet, [...argv, ...more]);
      expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: code });
      expect(stderr).toMatch(message);
    }
    expect(await audit(t)).toEqual([]);
  });
});

onPostgres('config reset and preset', (t) => {
  it('sets named settings back, or all of them', async () => {
    await run(t, ConfigSet, ['session_timeout=480', 'jwt_expiry=90', 'login_notifications=on']);
    expect((await run(t, ConfigReset, ['jwt-expiry'])).stdout).toBe('jwt_expiry: 90 min -> 60 min\n');
    expect((await run(t, ConfigReset, ['--all'])).stdout).toBe(
      'session_timeout: 8 h (480 min) -> 60 min\nlogin_notifications: on -> off\nNo live session is over the new timeout.\n',
    );
    expect((await run(t, ConfigReset, ['--all'])).stdout).toMatch(/Nothing to change/);
    expect(await t.sql('select origins from tomo.settings')).toEqual([{ origins: {} }]);
  });

  it.each([
    [[], /Which setting\?/],
    [['--all', 'jwt_expiry'], /--all is every setting.*jwt_expiry does not go with it/],
    [['--all', '--user', 'ann'], /--user does not go with it/],
    [['jwt'], /Did you mean jwt_expiry\?/],
  ])('reset %j is refused', async (argv, message) => {
    const { stderr, exitCode } = await run(t, ConfigReset, argv);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });

  it.each([
    ['personal', 480],
    ['shared', 30],
    ['high-security', 15],
    ['kiosk', 5],
  ])('preset %s sets the timeout of the guide and nothing else', async (name, timeout) => {
    const before = await t.sql(
      `select to_jsonb(t) - '{session_timeout,origins,idle_floor}'::text[] as rest from tomo.settings t`,
    );
    const { exitCode, stderr } = await run(t, ConfigPreset, [name]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/Sessions with Remember Me are not concerned/);
    expect(await value(t, 'session_timeout')).toBe(String(timeout));
    expect(
      await t.sql(`select to_jsonb(t) - '{session_timeout,origins,idle_floor}'::text[] as rest from tomo.settings t`),
    ).toEqual(before);
  });

  it('preset knows what was meant', async () => {
    const { stderr, exitCode } = await run(t, ConfigPreset, ['kisok']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/There is no preset "kisok"\.\nDid you mean kiosk\?/);
  });
});
