import fc from 'fast-check';
import { expect, it } from 'vitest';
import { explainSession } from '../../src/domain/session/why.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onBothEngines, type TestDatabase } from '../support/database.ts';
import { one } from './helpers.ts';

const NOON = '2026-06-01T12:00:00.000000+00:00';

interface Random {
  user: number;
  /** Microseconds before noon. */
  idle: number;
  age: number;
  remember: boolean;
  epoch: number;
  userEpoch: number;
  ended: string | null;
}

const explain = (t: TestDatabase, id: string, at: string = NOON) =>
  explainSession(t.db, id, { environment: {}, clock: () => new Date(), at });

const definition = (t: TestDatabase, id: string, at: string) =>
  one<{ live: boolean; state: string; dies: string }>(
    t,
    `select tomo.live(s, u, c, t, $2) as live, tomo.state(s, u, c, t, $2) as state, to_json(tomo.expires_at(s, t))::text as dies
       from tomo.sessions s join tomo.users u on u.id = s.user_id left join tomo.user_controls c on c.user_id = s.user_id cross join tomo.settings t
      where s.id = $1`,
    [id, at],
  );

onBothEngines('why a session is live or dead', (t) => {
  // exactly on a limit, and a microsecond before and after it
  const moment = fc
    .tuple(fc.constantFrom(0, 5, 15, 30, 30, 59, 60, 60, 90, 480, 2000, 43_200), fc.constantFrom(-1, 0, 0, 1))
    .map(([minutes, micros]) => minutes * 60_000_000 + micros);
  const session = fc.record<Random>({
    user: fc.constantFrom(0, 0, 1, 1, 3, 2),
    idle: fc.oneof(
      moment,
      fc.nat({ max: 10 }).map((minutes) => minutes * 60_000_000),
    ),
    age: moment,
    remember: fc.boolean(),
    epoch: fc.constantFrom(3, 3, 3, 2, 1, 0),
    userEpoch: fc.constantFrom(3, 3, 3, 2, 1, 0),
    ended: fc.constantFrom(...Array<null>(12).fill(null), 'logout', 'revoked', 'evicted', 'expired'),
  });
  const floor = fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: moment });
  const settings = fc.record({
    timeout: fc.constantFrom(5, 30, 60, 480),
    remember: fc.constantFrom(60, 43_200),
    lifetime: fc.constantFrom(0, 0, 60, 2000),
    epoch: fc.nat({ max: 2 }),
    floors: fc.tuple(floor, floor, floor),
  });

  it('equals the definition in SQL, for random users, controls, settings and sessions, also exactly on every limit', async () => {
    const seen = new Map<string | null, number>();
    const world = fc.record({ settings, sessions: fc.array(session, { minLength: 25, maxLength: 25 }) });
    await fc.assert(
      fc.asyncProperty(world, async ({ settings: s, sessions }) => {
        await t.empty();
        // user 0 has no controls, user 2 is not active
        const users = [await aUser(t), await aUser(t), await aUser(t, { active: false }), await aUser(t)];
        await t.sql(
          'insert into tomo.user_controls (user_id, epoch, min_epoch) values ($1, 3, 1), ($2, 3, 0), ($3, 3, 2)',
          users.slice(1),
        );
        await t.sql(
          `update tomo.settings set session_timeout = $1, remember_me_timeout = $2, session_max_lifetime = $3, epoch = 3, min_epoch = $4,
             idle_floor = coalesce($8::timestamptz - make_interval(secs => $5::float8 / 1e6), '-infinity'),
             remember_floor = coalesce($8::timestamptz - make_interval(secs => $6::float8 / 1e6), '-infinity'),
             lifetime_floor = coalesce($8::timestamptz - make_interval(secs => $7::float8 / 1e6), '-infinity')`,
          [s.timeout, s.remember, s.lifetime, s.epoch, ...s.floors, NOON],
        );
        const rows = await t.sql<{ id: string }>(
          `insert into tomo.sessions (user_id, remember_me, epoch, user_epoch, created_at, last_activity_at, ended_at, end_reason)
           select u, remember, epoch, "userEpoch", $2::timestamptz - make_interval(secs => age / 1e6), $2::timestamptz - make_interval(secs => idle / 1e6),
                  case when ended is not null then $2::timestamptz end, ended
             from jsonb_to_recordset($1::jsonb) as x(u uuid, remember boolean, epoch int, "userEpoch" int, idle float8, age float8, ended text)
           returning id`,
          [JSON.stringify(sessions.map((r) => ({ ...r, u: users[r.user] }))), NOON],
        );
        for (const { id } of rows) {
          const sql = await definition(t, id, NOON);
          const why = await explain(t, id);
          expect({ live: why.live, state: why.state }).toEqual({ live: sql.live, state: sql.state });
          expect(why.failed === null).toBe(sql.live);
          seen.set(why.failed, (seen.get(why.failed) ?? 0) + 1);
          if (!why.outlook) continue;
          // it dies at the moment that is named, and lives a microsecond before
          expect(JSON.stringify(why.outlook.expiresAt)).toBe(sql.dies);
          const dies = why.outlook.expiresAt;
          expect((await definition(t, id, dies)).live).toBe(false);
          expect(
            await one(t, `select ($1::timestamptz - interval '1 microsecond')::text as before`, [dies]).then(
              ({ before }) => definition(t, id, String(before)),
            ),
          ).toMatchObject({ live: true });
        }
      }),
      { numRuns: 16, endOnFailure: true },
    );
    expect(seen.get(null)).toBeGreaterThan(20);
    expect(seen.size).toBe(9);
  });

  it('finds the same cause for every rule that fails alone, in the order of the definition', async () => {
    const user = await aUser(t);
    await t.sql('insert into tomo.user_controls (user_id) values ($1)', [user]);
    const id = await aSession(t, user, { idle: 1, age: 100 });
    const failed = async (change: string, undo: string) => {
      await t.sql(change);
      const { failed, rules } = await explainSession(t.db, id, { environment: {}, clock: () => new Date() });
      await t.sql(undo);
      return [failed, ...rules.filter(({ passed }) => !passed).map(({ rule }) => rule)];
    };
    const set = (value: string, back: string) =>
      failed(`update tomo.settings set ${value}`, `update tomo.settings set ${back}`);
    expect(
      await failed(
        `update tomo.sessions set ended_at = now(), end_reason = 'logout'`,
        'update tomo.sessions set ended_at = null, end_reason = null',
      ),
    ).toEqual(['not-ended', 'not-ended']);
    expect(await set('min_epoch = 1', 'min_epoch = 0')).toEqual(['revoked-all', 'revoked-all']);
    expect(
      await failed('update tomo.user_controls set min_epoch = 1', 'update tomo.user_controls set min_epoch = 0'),
    ).toEqual(['revoked-user', 'revoked-user']);
    expect(await set('session_timeout = 1', 'session_timeout = 60')).toEqual(['idle', 'idle']);
    expect(await set('idle_floor = now()', `idle_floor = '-infinity'`)).toEqual(['idle-floor', 'idle-floor']);
    expect(await set('session_max_lifetime = 100', 'session_max_lifetime = 0')).toEqual(['lifetime', 'lifetime']);
    expect(await set('lifetime_floor = now()', `lifetime_floor = '-infinity'`)).toEqual([
      'lifetime-floor',
      'lifetime-floor',
    ]);
    expect(
      await set(
        'remember_me_timeout = 1, remember_floor = now()',
        `remember_me_timeout = 43200, remember_floor = '-infinity'`,
      ),
    ).toEqual([null]);
    expect((await failed('update tomo.users set is_active = false', 'update tomo.users set is_active = true'))[0]).toBe(
      'user-active',
    );
  });
});
