import { beforeEach, expect, it } from 'vitest';
import { aSession, aUser } from '../support/builders.ts';
import { onBothEngines, onPostgres, type TestDatabase } from '../support/database.ts';
import { clean, one, pass, revokeAllSql, revokeUserSql } from './helpers.ts';
import { close, open, setSettings, touch } from './server-calls.ts';

/** Makes the session idle for this long, and as old as given. */
async function idle(t: TestDatabase, session: string, seconds: number, age = seconds + 600): Promise<void> {
  await t.sql(
    `update tomo.sessions set last_activity_at = clock_timestamp() - make_interval(secs => $2), created_at = clock_timestamp() - make_interval(secs => $3) where id = $1`,
    [session, seconds, age],
  );
}

/** Seconds since the last activity, as it is stored. */
async function idleNow(t: TestDatabase, session: string): Promise<number> {
  const { s } = await one<{ s: number }>(
    t,
    'select extract(epoch from clock_timestamp() - last_activity_at)::float8 as s from tomo.sessions where id = $1',
    [session],
  );
  return s;
}

onBothEngines('touch_session', (t) => {
  let user: string;
  let session: string;
  beforeEach(async () => {
    user = await aUser(t, { username: 'alice', role: 'readonly' });
    session = (await open(t, user)).session_id;
  });

  it('says who it is and how long the session holds', async () => {
    const touched = await touch(t, session);
    expect(touched).toMatchObject({
      accepted: true,
      reason: null,
      user_id: user,
      username: 'alice',
      role: 'readonly',
      remember_me: false,
    });
    expect(touched.token_lifetime).toBe(3600);
    expect(Date.parse(touched.expires_at ?? '') - Date.parse(touched.last_activity_at ?? '')).toBe(3_600_000);
  });

  it('resets the timer: as long again from the last activity', async () => {
    await idle(t, session, 3500);
    const touched = await touch(t, session);
    expect(touched.accepted).toBe(true);
    expect(await idleNow(t, session)).toBeLessThan(60);
    expect(Date.parse(touched.expires_at ?? '')).toBeGreaterThan(Date.now() + 3_500_000);
  });

  it.each([
    // idle for, touch_interval, session_timeout: written?
    [30, 60, 60, false],
    [61, 60, 60, true],
    [30, 3600, 10, false],
    [61, 3600, 10, true],
    [359, 3600, 120, false],
    [721, 3600, 120, true],
    [1, 0, 60, true],
  ])(
    'idle for %i s, with touch_interval %i s and a timeout of %i min, is written: %s',
    async (seconds, interval, timeout, written) => {
      await setSettings(t, { touch_interval: interval, session_timeout: timeout });
      await idle(t, session, seconds);
      const touched = await touch(t, session);
      expect(touched.accepted).toBe(true);
      const now = await idleNow(t, session);
      if (written) expect(now).toBeLessThan(seconds);
      else expect(now).toBeGreaterThanOrEqual(seconds);
      // what it answers is what is stored
      expect(
        await one(t, 'select last_activity_at = $2 as same from tomo.sessions where id = $1', [
          session,
          touched.last_activity_at,
        ]),
      ).toEqual({
        same: true,
      });
    },
  );

  it('gives a remembered session its own interval too', async () => {
    await setSettings(t, { touch_interval: 3600, session_timeout: 5, remember_me_timeout: 20 });
    const { session_id } = await open(t, user, { remember: true });
    await idle(t, session_id, 119);
    await touch(t, session_id);
    expect(await idleNow(t, session_id)).toBeGreaterThanOrEqual(119);
    await idle(t, session_id, 1000);
    expect(await touch(t, session_id)).toMatchObject({ accepted: true, remember_me: true, token_lifetime: 3600 });
    expect(await idleNow(t, session_id)).toBeLessThan(119);
  });

  it('only asks where there is no activity, also where nothing may be written', async () => {
    await idle(t, session, 3000);
    expect(await touch(t, session, false)).toMatchObject({ accepted: true, username: 'alice' });
    expect(await t.db.transaction({ readOnly: true }, (tx) => touch(tx, session, false))).toMatchObject({
      accepted: true,
    });
    await t.sql('select * from tomo.touch_session($1, null)', [session]);
    expect(await idleNow(t, session)).toBeGreaterThanOrEqual(3000);
  });

  it('does not outlive the absolute lifetime, whatever it does', async () => {
    await setSettings(t, { session_max_lifetime: 90 });
    await idle(t, session, 100, 89 * 60);
    const touched = await touch(t, session);
    expect(touched.accepted).toBe(true);
    expect(Date.parse(touched.expires_at ?? '') - Date.parse(touched.created_at ?? '')).toBe(90 * 60_000);
    await idle(t, session, 1, 90 * 60);
    expect(await touch(t, session)).toMatchObject({ accepted: false, reason: 'expired' });
  });

  const deaths: [string, string, () => Promise<unknown>][] = [
    ['idle for too long', 'expired', () => idle(t, session, 3600)],
    ['idle, and written', 'expired', () => idle(t, session, 3600).then(() => clean(t))],
    ['too old', 'expired', () => setSettings(t, { session_max_lifetime: 5 }).then(() => idle(t, session, 1, 300))],
    ['logged out', 'logout', () => close(t, session)],
    ['replaced', 'logout', () => open(t, user, { replaces: session })],
    ['evicted', 'evicted', () => setSettings(t, { max_sessions_per_user: 1 }).then(() => open(t, user))],
    ['revoked by id', 'revoked', () => t.sql('select tomo.revoke_sessions(array[$1::uuid])', [session])],
    ['revoked with the user', 'revoked', () => revokeUserSql(t, user)],
    [
      'revoked with the user, and written',
      'revoked',
      () =>
        revokeUserSql(t, user)
          .then(() => pass(t, 25))
          .then(() => clean(t)),
    ],
    ['revoked with everybody', 'revoked', () => revokeAllSql(t)],
    [
      'expired, of a user who is inactive now, whether or not its end is written',
      'inactive',
      () =>
        pass(t, 25)
          .then(() => t.sql('update tomo.users set is_active = false'))
          .then(() => clean(t)),
    ],
    ['of an inactive user', 'inactive', () => t.sql('update tomo.users set is_active = false')],
    [
      'of a user who was inactive',
      'revoked',
      async () => {
        t.notOnCluster('no trigger watches it there');
        await t.sql('update tomo.users set is_active = false');
        await t.sql('update tomo.users set is_active = true');
      },
    ],
  ];
  it.each(deaths)('refuses a session that is %s: %s', async (_, reason, die) => {
    await die();
    const before = await one(t, 'select s::text as row from tomo.sessions s where id = $1', [session]);
    expect(await touch(t, session)).toMatchObject({
      accepted: false,
      reason,
      user_id: user,
      username: 'alice',
      expires_at: null,
      token_lifetime: null,
    });
    expect(await one(t, 'select s::text as row from tomo.sessions s where id = $1', [session])).toEqual(before);
  });

  it('knows nothing of a session that is not there', async () => {
    await t.sql('delete from tomo.sessions');
    for (const id of [session, null as unknown as string]) {
      expect(await touch(t, id)).toMatchObject({
        accepted: false,
        reason: 'unknown',
        user_id: null,
        username: null,
        created_at: null,
      });
    }
  });
});

onPostgres('touch_session', (t) => {
  it('does not wait for a login of the same user, nor for a revocation of everybody', async () => {
    const user = await aUser(t);
    const session = await aSession(t, user, { idle: 5 });
    const other = await t.connect();
    await other.transaction({}, async (tx) => {
      await open(tx, user);
      await tx.query('select tomo.revoke_all()');
      expect(await t.db.transaction({ lockTimeout: 200 }, (request) => touch(request, session))).toMatchObject({
        accepted: true,
      });
    });
    expect(await touch(t, session)).toMatchObject({ accepted: false, reason: 'revoked' });
  });

  it('waits for nobody who holds the row: what is decided there holds from its commit on', async () => {
    const session = await aSession(t, await aUser(t), { idle: 5 });
    const other = await t.connect();
    await other.transaction({}, async (tx) => {
      await close(tx, session);
      expect(await touch(t, session)).toMatchObject({ accepted: true });
    });
    expect(await touch(t, session)).toMatchObject({ accepted: false, reason: 'logout' });
  });
});
