import fc from 'fast-check';
import { expect, it } from 'vitest';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onBothEngines, type TestDatabase } from '../support/database.ts';
import { fate, fates, one } from './helpers.ts';

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
    `select tomo.live(s, u, c, t, $2) as live, tomo.state(s, u, c, t, $2) as state,
      to_char(tomo.expires_at(s, t) at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as expires
      from tomo.sessions s join tomo.users u on u.id = s.user_id left join tomo.user_controls c on c.user_id = s.user_id cross join tomo.settings t
     where s.id = $1`,
    [id, NOON],
  );
}

const set = (t: TestDatabase, changes: string) => t.sql(`update tomo.settings set ${changes}`);

onBothEngines('who is live', (t) => {
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

  it('does not bring back what a floor has ended, of that kind only', async () => {
    await set(t, `session_timeout = 480, idle_floor = '${NOON}'::timestamptz - interval '60 minutes'`);
    expect(await atNoon(t, { idle: 60 })).toMatchObject({ live: false, state: 'expired' });
    expect(await atNoon(t, { idle: 59.9 })).toMatchObject({ live: true });
    expect(await atNoon(t, { idle: 200, remember: true })).toMatchObject({ live: true });
    await set(t, `remember_floor = '${NOON}'::timestamptz - interval '100 minutes'`);
    expect(await atNoon(t, { idle: 100, remember: true })).toMatchObject({ live: false, state: 'expired' });
    await set(t, `lifetime_floor = '${NOON}'::timestamptz - interval '300 minutes'`);
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
    expect(await atNoon(t, { idle: 1, ended: 'logout' })).toMatchObject({ live: false, state: 'revoked' });
    expect(await atNoon(t, { idle: 1, ended: 'evicted' })).toMatchObject({ live: false, state: 'revoked' });
    expect(await atNoon(t, { idle: 1, ended: 'expired' })).toMatchObject({ live: false, state: 'expired' });
  });

  it('knows a user without controls', async () => {
    const id = await aSession(t, await aUser(t));
    expect(await liveIds(t)).toEqual([id]);
    expect((await fate(t, id)).state).toBe('active');
  });

  const minutes = fc.constantFrom(0.5, 4.5, 29.5, 30.5, 59.5, 60.5, 479.5, 480.5, 2000.5, 43_199.5, 43_200.5);
  const row = fc.record({
    user: fc.nat({ max: 3 }),
    idle: minutes,
    extra: minutes.map((n) => n - 0.3),
    remember: fc.boolean(),
    epoch: fc.nat({ max: 3 }),
    userEpoch: fc.nat({ max: 3 }),
    ended: fc.option(fc.constantFrom('logout', 'revoked', 'evicted', 'expired'), { freq: 5 }),
  });
  const settings = fc.record({
    session_timeout: fc.constantFrom(5, 30, 60, 480),
    remember_me_timeout: fc.constantFrom(60, 43_200),
    session_max_lifetime: fc.constantFrom(0, 0, 60, 2000),
    min_epoch: fc.nat({ max: 2 }),
    idleFloor: fc.option(minutes),
    rememberFloor: fc.option(minutes),
    lifetimeFloor: fc.option(minutes),
  });

  it('agrees with a plain model of the rules, in the function, the view and the state', async () => {
    const world = fc.record({ settings, rows: fc.array(row, { minLength: 60, maxLength: 60, size: 'max' }) });
    await fc.assert(
      fc.asyncProperty(world, async ({ settings: set, rows }) => {
        await t.empty();
        // user 0 has no controls, user 2 is not active
        const users = [await aUser(t), await aUser(t), await aUser(t, { active: false }), await aUser(t)];
        await t.sql(
          'insert into tomo.user_controls (user_id, epoch, min_epoch) values ($1, 3, 1), ($2, 3, 0), ($3, 3, 2)',
          users.slice(1),
        );
        const minEpochs = [0, 1, 0, 2];
        const ago = (n: number) => `now() - make_interval(secs => ${n * 60})`;
        await t.sql(`update tomo.settings set session_timeout = ${set.session_timeout}, remember_me_timeout = ${set.remember_me_timeout},
        session_max_lifetime = ${set.session_max_lifetime}, epoch = 3, min_epoch = ${set.min_epoch},
        idle_floor = ${set.idleFloor ? ago(set.idleFloor + 0.05) : "'-infinity'"}, remember_floor = ${set.rememberFloor ? ago(set.rememberFloor + 0.05) : "'-infinity'"},
        lifetime_floor = ${set.lifetimeFloor ? ago(set.lifetimeFloor + 0.05) : "'-infinity'"}`);
        const inserted = await t.sql<{ id: string }>(
          `
        insert into tomo.sessions (user_id, remember_me, epoch, user_epoch, created_at, last_activity_at, ended_at, end_reason)
        select u, remember, epoch, "userEpoch", now() - make_interval(secs => (idle + extra) * 60), now() - make_interval(secs => idle * 60),
               case when ended is not null then now() end, ended
          from jsonb_to_recordset($1::jsonb) as x(n int, u uuid, remember boolean, epoch int, "userEpoch" int, idle float8, extra float8, ended text)
         order by n returning id`,
          [JSON.stringify(rows.map((r, n) => ({ ...r, n, u: users[r.user] })))],
        );

        const idleLimit = (remember: boolean) =>
          Math.min(
            remember ? set.remember_me_timeout : set.session_timeout,
            (remember ? set.rememberFloor : set.idleFloor) ?? Number.POSITIVE_INFINITY,
          );
        const ageLimit = Math.min(
          set.session_max_lifetime || Number.POSITIVE_INFINITY,
          set.lifetimeFloor ?? Number.POSITIVE_INFINITY,
        );
        const expected = rows.map((r) => {
          if (r.ended) return r.ended === 'expired' ? 'expired' : 'revoked';
          if (r.user === 2 || r.epoch < set.min_epoch || r.userEpoch < (minEpochs[r.user] ?? 0)) return 'revoked';
          return r.idle >= idleLimit(r.remember) + 0.05 || r.idle + r.extra >= ageLimit + 0.05 ? 'expired' : 'active';
        });
        const found = await fates(t);
        expect(inserted.map(({ id }) => found.get(id)?.state)).toEqual(expected);
        expect(await liveIds(t)).toEqual(
          inserted
            .map(({ id }) => id)
            .filter((_, i) => expected[i] === 'active')
            .sort(),
        );
      }),
      { numRuns: 12, endOnFailure: true },
    );
  });
});
