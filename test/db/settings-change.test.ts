import { beforeEach, expect, it } from 'vitest';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onBothEngines, onPostgres } from '../support/database.ts';
import { auditRows, chainProblems, codeFrom, count, one } from './helpers.ts';
import { open, setSettings, touch } from './server-calls.ts';

onBothEngines('changed timeouts', (t) => {
  let user: string;
  beforeEach(async () => {
    user = await aUser(t);
  });

  it.each([
    ['session_timeout', { idle: 45 }, 30, 480],
    ['remember_me_timeout', { idle: 45, remember: true }, 30, 40_000],
    ['session_max_lifetime', { idle: 1, age: 45 }, 30, 480],
    ['session_max_lifetime', { idle: 1, age: 45 }, 30, 0],
  ])('%s: shortened it ends a session now, lengthened it revives none', async (name, session, short, long) => {
    const id = await aSession(t, user, session);
    const young = await aSession(t, user, { ...session, idle: 1, age: 1 });
    await setSettings(t, { [name]: short });
    expect(await touch(t, id)).toMatchObject({ accepted: false, reason: 'expired' });
    await setSettings(t, { [name]: long });
    expect(await touch(t, id)).toMatchObject({ accepted: false, reason: 'expired' });
    expect(await liveIds(t)).toEqual([young]);
    // nor does it touch what began later
    const { session_id } = await open(t, user, { remember: name === 'remember_me_timeout' });
    expect(await touch(t, session_id)).toMatchObject({ accepted: true });
  });

  it('stay on record from when to when they held, and other settings leave none', async () => {
    const periods = () =>
      t.sql<{ session: number; follows: boolean }>(
        `select session_timeout as session, since = coalesce(lag(until) over (order by until), '-infinity') as follows
           from tomo.past_timeouts order by until`,
      );
    await setSettings(t, { session_timeout: 60, jwt_expiry: 500 });
    expect(await periods()).toEqual([]);
    for (const session_timeout of [30, 31, null]) await setSettings(t, { session_timeout });
    expect(await periods()).toEqual([60, 30, 31].map((session) => ({ session, follows: true })));
  });
});

onBothEngines('set_settings', (t) => {
  const origins = async () =>
    (await one<{ origins: Record<string, { origin: string; by: string }> }>(t, 'select origins from tomo.settings'))
      .origins;

  it('changes values, says which, and where they come from; null is the default', async () => {
    expect(
      await setSettings(t, {
        session_timeout: 30,
        jwt_expiry: '90',
        login_notifications: true,
        trusted_networks: ['10.0.0.0/8', '2001:db8::/32'],
      }),
    ).toEqual(['jwt_expiry', 'login_notifications', 'session_timeout', 'trusted_networks']);
    expect(
      await one(
        t,
        'select session_timeout, jwt_expiry, login_notifications, trusted_networks::text as networks from tomo.settings',
      ),
    ).toEqual({
      session_timeout: 30,
      jwt_expiry: 90,
      login_notifications: true,
      networks: '{10.0.0.0/8,2001:db8::/32}',
    });
    expect(await origins()).toMatchObject({
      session_timeout: { origin: 'database', by: 'olga@box', at: expect.stringMatching(/^\d{4}-/) },
    });
    expect(await setSettings(t, { session_timeout: null, jwt_expiry: 60, trusted_networks: [] })).toEqual([
      'jwt_expiry',
      'session_timeout',
      'trusted_networks',
    ]);
    expect(Object.keys(await origins()).sort()).toEqual(['jwt_expiry', 'login_notifications', 'trusted_networks']);
    expect(await one(t, 'select session_timeout from tomo.settings')).toEqual({ session_timeout: 60 });
  });

  it('has the defaults of the table', async () => {
    const [row] = await t.sql<{ defaults: unknown; values: unknown }>(
      'select tomo.setting_defaults() as defaults, tomo.setting_values() as values',
    );
    expect(row?.defaults).toEqual(row?.values);
  });

  it('writes one audit row for a change of a value or of its origin, and none for nothing', async () => {
    expect(await setSettings(t, { session_timeout: 30 })).toEqual(['session_timeout']);
    expect(await setSettings(t, { session_timeout: 30 })).toEqual([]);
    expect(await setSettings(t, {})).toEqual([]);
    expect(await setSettings(t, { jwt_expiry: null })).toEqual([]);
    expect(await setSettings(t, { session_timeout: 30 }, 'environment')).toEqual([]);
    expect(await origins()).toMatchObject({ session_timeout: { origin: 'environment' } });
    const rows = await auditRows(t);
    expect(rows.map((row) => [row.action, row.detail])).toEqual([
      ['set', { origin: 'database', from: { session_timeout: 60 }, to: { session_timeout: 30 } }],
      ['set', { origin: 'environment', from: {}, to: {} }],
    ]);
    expect(rows[0]?.actor).toMatchObject({ osUser: 'olga', host: 'box' });
    expect(await chainProblems(t)).toEqual([]);
  });

  it.each([
    ['TM010', { session_timeuot: 5 }],
    ['TM010', { epoch: 5 }],
    ['TM010', { min_epoch: 0, session_timeout: 5 }],
    ['23514', { session_timeout: 0 }],
    ['23514', { session_timeout: 43_201 }],
    ['23514', { session_limit_action: 'shrug' }],
    ['23514', { retention_audit_logs: 1 }],
    ['22P02', { session_timeout: 'soon' }],
    ['22P02', { session_timeout: 1.5 }],
    ['22P02', { trusted_networks: ['10.0.0.1/8'] }],
    ['22023', ['session_timeout']],
  ])('refuses with %s, and changes nothing: %j', async (code, values) => {
    expect(await codeFrom(setSettings(t, values as Record<string, unknown>))).toBe(code);
    expect(await auditRows(t)).toEqual([]);
    expect(await origins()).toEqual({});
  });

  it('knows two origins', async () => {
    expect(await codeFrom(setSettings(t, { session_timeout: 5 }, 'moon'))).toBe('22023');
  });
});

onPostgres('set_settings', (t) => {
  it('lets the second of two see what the first has set', async () => {
    const id = await aSession(t, await aUser(t), { idle: 45 });
    const other = await t.connect();
    let second: Promise<string[]> | undefined;
    await t.db.transaction({}, async (tx) => {
      await setSettings(tx, { session_timeout: 30 });
      second = setSettings(other, { session_timeout: 480 });
    });
    await second;
    expect(await one(t, 'select session_timeout from tomo.settings')).toEqual({ session_timeout: 480 });
    expect(await touch(t, id)).toMatchObject({ accepted: false, reason: 'expired' });
    expect((await auditRows(t)).map((row) => row.detail.to)).toEqual([
      { session_timeout: 30 },
      { session_timeout: 480 },
    ]);
  });
});

onBothEngines('set_user_limit', (t) => {
  const setLimit = async (user: string, limit: number | null) =>
    (
      await one<{ changed: boolean }>(
        t,
        `select tomo.set_user_limit($1, $2, '{"osUser": "olga"}', 'because') as changed`,
        [user, limit],
      )
    ).changed;

  it('sets the limit of one user, once, audited with the name; null takes it back', async () => {
    const user = await aUser(t, { username: 'alice' });
    for (const [limit, changed] of [
      [null, false],
      [3, true],
      [3, false],
      [0, true],
      [null, true],
    ] as const) {
      expect(await setLimit(user, limit)).toBe(changed);
      expect(await one(t, 'select max(max_sessions) as max_sessions from tomo.user_controls')).toEqual({
        max_sessions: limit,
      });
    }
    expect((await auditRows(t)).map(({ action, reason, detail }) => [action, reason, detail])).toEqual(
      [
        [null, 3],
        [3, 0],
        [0, null],
      ].map(([from, to]) => ['set-user-limit', 'because', { user, username: 'alice', from, to }]),
    );
  });

  it('refuses a user who is not there, and a number out of range', async () => {
    expect(await codeFrom(setLimit('00000000-0000-4000-8000-000000000000', 3))).toBe('TM001');
    const user = await aUser(t);
    for (const limit of [-1, 1001]) expect(await codeFrom(setLimit(user, limit))).toBe('23514');
    expect(await count(t, 'tomo.user_controls')).toBe(0);
    expect(await auditRows(t)).toEqual([]);
  });
});
