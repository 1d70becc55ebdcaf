import { expect, it } from 'vitest';
import { UNDO_PERIOD } from '../../src/model/revocation.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onBothEngines, type TestDatabase } from '../support/database.ts';
import { fate, one } from './helpers.ts';

const NOON = '2026-06-01 12:00:00+00';

/** What the rules say about a session at noon. Times are minutes before noon. */
async function atNoon(
  t: TestDatabase,
  session: {
    idle: number;
    age?: number;
    remember?: boolean;
    epoch?: number;
    userEpoch?: number;
    active?: boolean;
    ended?: string;
  },
): Promise<{ live: boolean; state: string; expires: string }> {
  const user = await aUser(t, { active: session.active ?? true });
  await t.sql('insert into tomo.user_controls (user_id, epoch, min_epoch) values ($1, 3, 3)', [user]);
  const id = await aSession(t, user);
  await t.sql(
    `update tomo.sessions set last_activity_at = $2::timestamptz - make_interval(secs => $3::float8 * 60), created_at = $2::timestamptz - make_interval(secs => $4::float8 * 60),
       remember_me = $5, epoch = $6, user_epoch = $7, ended_at = case when $8::text is not null then $2::timestamptz end, end_reason = $8 where id = $1`,
    [
      id,
      NOON,
      session.idle,
      session.age ?? session.idle,
      session.remember ?? false,
      session.epoch ?? 0,
      session.userEpoch ?? 3,
      session.ended ?? null,
    ],
  );
  return one(
    t,
    `select live, state, to_char(expires_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as expires
       from tomo.verdicts($2::timestamptz) where id = $1`,
    [id, NOON],
  );
}

const set = (t: TestDatabase, changes: string) => t.sql(`update tomo.settings set ${changes}`);

onBothEngines('who is live', (t) => {
  it('counts a session that was never active as one that has run out', async () => {
    const id = await aSession(t, await aUser(t), { idle: 5 });
    await t.sql(`update tomo.sessions set last_activity_at = '-infinity' where id = $1`, [id]);
    expect(await t.sql('select l as id from tomo.lapsed(now()) l')).toEqual([{ id }]);
    expect(await liveIds(t)).toEqual([]);
  });

  it('ends a session at the minute its idle timeout is over, and not before', async () => {
    expect(await atNoon(t, { idle: 59.99, age: 9000 })).toMatchObject({
      live: true,
      state: 'active',
      expires: '2026-06-01 12:00',
    });
    expect(await atNoon(t, { idle: 60, age: 9000 })).toMatchObject({
      live: false,
      state: 'expired',
      expires: '2026-06-01 12:00',
    });
  });

  it('gives a remembered session its own, longer timeout', async () => {
    expect(await atNoon(t, { idle: 43_199.9, remember: true })).toMatchObject({ live: true, state: 'active' });
    expect(await atNoon(t, { idle: 43_200, remember: true })).toMatchObject({ live: false, state: 'expired' });
    expect(await atNoon(t, { idle: 30, remember: true })).toMatchObject({ expires: '2026-07-01 11:30' });
  });

  it('applies a changed timeout to sessions that exist', async () => {
    await set(t, 'session_timeout = 15, remember_me_timeout = 600');
    expect(await atNoon(t, { idle: 15 })).toMatchObject({ live: false, state: 'expired' });
    expect(await atNoon(t, { idle: 14.9 })).toMatchObject({ live: true, expires: '2026-06-01 12:00' });
    expect(await atNoon(t, { idle: 600, remember: true })).toMatchObject({ live: false, state: 'expired' });
  });

  it('ends a session at its absolute lifetime, however active it is, remembered or not', async () => {
    await set(t, 'session_max_lifetime = 480');
    expect(await atNoon(t, { idle: 1, age: 479.9 })).toMatchObject({
      live: true,
      state: 'active',
      expires: '2026-06-01 12:00',
    });
    expect(await atNoon(t, { idle: 1, age: 480 })).toMatchObject({ live: false, state: 'expired' });
    expect(await atNoon(t, { idle: 1, age: 480, remember: true })).toMatchObject({ live: false, state: 'expired' });
    expect(await atNoon(t, { idle: 50, age: 60 })).toMatchObject({ expires: '2026-06-01 12:10' });
  });

  it('does not bring back what an earlier timeout has ended, of that kind only', async () => {
    await set(t, 'session_timeout = 480');
    const held = (until: string, session: number, remember: number, lifetime: number) =>
      t.sql(`insert into tomo.past_timeouts values ($1::timestamptz - $2::interval, '-infinity', $3, $4, $5)`, [
        ...[NOON, until, session, remember, lifetime],
      ]);
    await held('30 minutes', 30, 43_200, 0);
    expect(await atNoon(t, { idle: 60 })).toMatchObject({ live: false, state: 'expired', expires: '2026-06-01 11:30' });
    expect(await atNoon(t, { idle: 59.9 })).toMatchObject({ live: true });
    expect(await atNoon(t, { idle: 200, remember: true })).toMatchObject({ live: true });
    await held('20 minutes', 480, 80, 280);
    expect(await atNoon(t, { idle: 100, remember: true })).toMatchObject({ live: false, state: 'expired' });
    expect(await atNoon(t, { idle: 1, age: 300 })).toMatchObject({ live: false, state: 'expired' });
    expect(await atNoon(t, { idle: 1, age: 299.9 })).toMatchObject({ live: true });
  });

  it('ends what is older than the minimum epoch, global or of the user', async () => {
    await set(t, 'epoch = 9, min_epoch = 7');
    expect(await atNoon(t, { idle: 1, epoch: 6 })).toMatchObject({ live: false, state: 'revoked' });
    expect(await atNoon(t, { idle: 1, epoch: 7 })).toMatchObject({ live: true, state: 'active' });
    expect(await atNoon(t, { idle: 1, epoch: 9, userEpoch: 2 })).toMatchObject({ live: false, state: 'revoked' });
  });

  it('accepts nobody who is deactivated, and nothing that has ended', async () => {
    expect(await atNoon(t, { idle: 1, active: false })).toMatchObject({ live: false, state: 'revoked' });
    expect(await atNoon(t, { idle: 1, ended: 'logout' })).toMatchObject({ live: false, state: 'logged-out' });
    expect(await atNoon(t, { idle: 1, ended: 'evicted' })).toMatchObject({ live: false, state: 'evicted' });
    expect(await atNoon(t, { idle: 1, ended: 'expired' })).toMatchObject({ live: false, state: 'expired' });
  });

  it('knows a user without controls', async () => {
    const id = await aSession(t, await aUser(t));
    expect(await liveIds(t)).toEqual([id]);
    expect((await fate(t, id)).state).toBe('active');
  });

  it('lets a revocation be undone for as long as the program says', async () => {
    const { same } = await one<{ same: boolean }>(
      t,
      'select tomo.restorable_until(now(), false) = now() + $1::interval as same',
      [UNDO_PERIOD],
    );
    expect(same).toBe(true);
  });
});
