import { beforeEach, expect, it } from 'vitest';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onBothEngines, onPostgres } from '../support/database.ts';
import { codeFrom, count, fate, one, revokeUserSql } from './helpers.ts';
import { open, setSettings } from './server-calls.ts';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

onBothEngines('open_session', (t) => {
  let user: string;
  beforeEach(async () => {
    user = await aUser(t, { username: 'alice', role: 'admin' });
  });

  it('opens a live session with a new random id, and says whose it is and how long it holds', async () => {
    const first = await open(t, user, { ip: '203.0.113.9', method: 'passkey' });
    const second = await open(t, user);
    expect(first).toMatchObject({
      username: 'alice',
      role: 'admin',
      device_is_new: true,
      location: null,
      evicted: [],
    });
    // version 4, variant 1: nothing of the time or the machine in it
    for (const { session_id } of [first, second])
      expect(session_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(second.session_id).not.toBe(first.session_id);
    expect(await liveIds(t)).toEqual([first.session_id, second.session_id].sort());
    expect(Date.parse(first.expires_at) - Date.parse(first.created_at)).toBe(3_600_000);
    expect(
      await one(
        t,
        'select user_id, host(ip) as ip, login_method, remember_me, created_at = last_activity_at as fresh from tomo.sessions where id = $1',
        [first.session_id],
      ),
    ).toEqual({ user_id: user, ip: '203.0.113.9', login_method: 'passkey', remember_me: false, fresh: true });
  });

  it.each([
    [{}, {}, 60, 60],
    [{ jwt_expiry: 5 }, {}, 60, 60],
    [{ session_timeout: 5 }, {}, 5, 60],
    [{ session_timeout: 480 }, {}, 480, 480],
    [{}, { remember: true }, 43_200, 43_200],
    [{ session_max_lifetime: 30 }, {}, 30, 60],
    [{ session_max_lifetime: 600 }, { remember: true }, 600, 43_200],
  ])(
    'with the settings %j and %j it expires after %i minutes; a token of it after %i',
    async (settings, login, expires, token) => {
      await setSettings(t, settings);
      const opened = await open(t, user, login);
      expect((Date.parse(opened.expires_at) - Date.parse(opened.created_at)) / 60_000).toBe(expires);
      expect(opened.token_lifetime).toBe(token * 60);
    },
  );

  it('refuses unknown users with TM001 and inactive ones with TM002, names them, and leaves nothing', async () => {
    const inactive = await aUser(t, { username: 'mallory', active: false });
    await expect(open(t, UNKNOWN)).rejects.toThrow(`there is no user ${UNKNOWN}`);
    expect(await codeFrom(open(t, UNKNOWN))).toBe('TM001');
    await expect(open(t, inactive)).rejects.toThrow('the user mallory is inactive');
    expect(await codeFrom(open(t, inactive))).toBe('TM002');
    expect(await count(t, 'tomo.sessions')).toBe(0);
    expect(await count(t, 'tomo.devices')).toBe(0);
  });

  it.each(['repeatable read', 'serializable'])('refuses a %s transaction with TM004', async (level) => {
    const login = async () => {
      await t.sql(`set default_transaction_isolation = '${level}'`);
      try {
        return await open(t, user);
      } finally {
        await t.sql('reset default_transaction_isolation');
      }
    };
    await expect(login()).rejects.toThrow(
      `open_session needs a READ COMMITTED transaction, this one is ${level.toUpperCase()}`,
    );
    expect(await codeFrom(login())).toBe('TM004');
    expect(await count(t, 'tomo.sessions')).toBe(0);
  });

  it('ends the session that the browser held until now, also one of somebody else', async () => {
    const bob = await aUser(t, { username: 'bob' });
    const [own, planted, other] = [await aSession(t, user), await aSession(t, bob), await aSession(t, bob)];
    const first = await open(t, user, { replaces: own });
    expect(await fate(t, own)).toMatchObject({ state: 'logged-out', reason: 'logout', by: 'new login' });
    const second = await open(t, user, { replaces: planted });
    expect(await fate(t, planted)).toMatchObject({ state: 'logged-out', reason: 'logout', by: 'new login' });
    expect(await liveIds(t)).toEqual([other, first.session_id, second.session_id].sort());
  });

  it('leaves a replaced session that is dead as it died, and takes one that is nobody’s for none', async () => {
    const expired = await aSession(t, user, { idle: 90 });
    const revoked = await aSession(t, user);
    const loggedOut = await aSession(t, user, { ended: 5, reason: 'logout', by: 'alice' });
    await revokeUserSql(t, user);
    for (const replaces of [revoked, loggedOut, UNKNOWN]) await open(t, user, { replaces });
    expect(await fate(t, revoked)).toMatchObject({ reason: 'revoked', by: 'olga@box', revocation: 1 });
    expect(await fate(t, loggedOut)).toMatchObject({ reason: 'logout', by: 'alice' });
    expect(await fate(t, expired)).toMatchObject({ reason: 'expired', by: null });
    const idle = await aSession(t, user, { idle: 90 });
    await open(t, user, { replaces: idle });
    expect(
      await one(
        t,
        `select end_reason, ended_by, ended_at = last_activity_at + interval '1 hour' as on_time from tomo.verdicts(now()) where id = $1`,
        [idle],
      ),
    ).toEqual({
      end_reason: 'expired',
      ended_by: null,
      on_time: true,
    });
    expect(await count(t, 'tomo.live_sessions')).toBe(4);
  });

  it('opens sessions after a revocation, which does not hit them', async () => {
    await revokeUserSql(t, user);
    await t.sql('select tomo.revoke_all()');
    const { session_id } = await open(t, user);
    expect(await liveIds(t)).toEqual([session_id]);
  });

  it('never fails for what a client says about itself', async () => {
    const long = 'x'.repeat(100_000);
    const hostile = '\u001b[31m\u202e\u0007\n\t\u{1f4a9}\u0001';
    const logins = [
      { userAgent: long, method: long, screen: long, timeZone: long, extra: long },
      {
        userAgent: '\u{1f4a9}'.repeat(2000),
        method: hostile.repeat(20),
        screen: hostile.repeat(20),
        timeZone: hostile.repeat(20),
        extra: hostile,
      },
      { userAgent: `${'a-'.repeat(50_000)}(` },
      { userAgent: '', method: '', screen: '', timeZone: '', extra: '' },
      { method: null, remember: null, ip: null },
      { userAgent: hostile, ip: '::ffff:198.51.100.7/64' },
      { ip: 'fe80::1/64' },
      { userAgent: "'; drop table tomo.sessions; --", method: '%s %I $1' },
    ];
    for (const login of logins) await open(t, user, login);
    expect(await count(t, 'tomo.live_sessions')).toBe(logins.length);
    const stored = await one<{ methods: string[]; ips: string[] }>(
      t,
      `select array_agg(distinct login_method order by login_method) filter (where login_method ~ '^[a-z]{1,20}$') as methods,
              array_agg(host(ip) || '/' || masklen(ip) order by ip) filter (where ip is not null) as ips
         from tomo.sessions`,
    );
    expect(stored).toEqual({ methods: ['password'], ips: ['198.51.100.7/32', 'fe80::1/128'] });
    const agents = await one(t, 'select max(octet_length(raw)) as longest from tomo.user_agents');
    expect(agents).toEqual({ longest: 1024 });
  });

  const wild: [string, unknown][] = [
    ['a number', 5],
    ['a text', 'Berlin'],
    ['a list', [1, { country: 'DE' }]],
    ['json null', null],
    ['other types', { country: { a: 1 }, region: ['x'], city: false, isp: 7, latitude: '52.5', longitude: {} }],
    ['no such place', { country: 'Germany', latitude: 91, longitude: 13 }],
    ['half a position', { country: 'DE', latitude: 52.5 }],
    ['next to nothing', { country: 'de', latitude: 1e-300, longitude: -1e-60 }],
    ['out of this world', { country: 'de', latitude: 1e300, longitude: -1e300 }],
    [
      'oversized',
      {
        country: 'DE',
        region: 'r'.repeat(9999),
        city: '\u{1f4a9}'.repeat(9999),
        isp: '\u202e'.repeat(9999),
        other: ['x'.repeat(9999)],
      },
    ],
  ];
  it.each(wild)('never fails for a place that is %s', async (_, place) => {
    await setSettings(t, { location_alerts: true, new_device_alerts: true, login_notifications: true });
    await open(t, user, {
      ip: '203.0.113.1',
      place: { country: 'FR', latitude: 48.9, longitude: 2.35, city: 'p'.repeat(500) },
      userAgent: 'a',
    });
    await open(t, user, { ip: '203.0.113.2', place, userAgent: 'b' });
    expect(await count(t, 'tomo.live_sessions')).toBe(2);
  });
});

onPostgres('open_session', (t) => {
  it('is waited for by a deactivation, which then kills its session', async () => {
    t.notOnCluster('no trigger watches it there');
    const user = await aUser(t);
    const other = await t.connect();
    let late: Promise<unknown> | undefined;
    let id = '';
    await t.db.transaction({}, async (tx) => {
      id = (await open(tx, user)).session_id;
      late = other.query('update tomo.users set is_active = false where id = $1', [user]);
    });
    await late;
    expect(await codeFrom(open(t, user))).toBe('TM002');
    await t.sql('update tomo.users set is_active = true');
    expect(await fate(t, id)).toMatchObject({ state: 'revoked' });
    expect((await fate(t, (await open(t, user)).session_id)).state).toBe('active');
  });

  it('does not wait for somebody who delivers or acknowledges an alert of the user', async () => {
    const user = await aUser(t);
    await setSettings(t, { login_notifications: true });
    await open(t, user);
    const holder = await t.connect();
    await holder.transaction({}, async (tx) => {
      await t.sqlIn(tx, 'select from tomo.alerts where user_id = $1 for update', [user]);
      await t.db.transaction({ lockTimeout: 200 }, (login) => open(login, user));
    });
    expect(await count(t, `tomo.alerts where kind = 'login'`)).toBe(2);
  });
});
