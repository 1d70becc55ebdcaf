import fc from 'fast-check';
import { expect, it } from 'vitest';
import { changeSettings, type SettingValues } from '../../src/domain/settings/change.ts';
import { simulateChange } from '../../src/domain/settings/simulate.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onBothEngines, type TestDatabase } from '../support/database.ts';
import { EVERYTHING, runs } from '../support/extent.ts';
import { clean, codeFrom, count, NOTE, one } from './helpers.ts';
import { open } from './server-calls.ts';

const DAY = 24 * 60;

// no sum of these, and no difference to a timeout, is on a limit: the clock goes on between simulation and change
const minutes = fc.constantFrom(2, 7, 22, 47, 97, 502, 2 * DAY + 47, 5 * DAY + 47, 12 * DAY + 47, 40 * DAY + 47);
const timeout = fc.constantFrom(5, 15, 30, 60, 480, 480, 43_200);
const days = fc.constantFrom(1, 3, 7, 30, 90);
const values = fc.record(
  {
    session_timeout: timeout,
    remember_me_timeout: timeout,
    session_max_lifetime: fc.constantFrom(0, 0, 0, 333, 3001),
    max_sessions_per_user: fc.constantFrom(0, 1, 2, 3, 4),
    session_limit_action: fc.constantFrom('revoke-oldest', 'deny'),
    retention_sessions: days,
    retention_activity_logs: days,
    retention_audit_logs: fc.constantFrom(90, 200, 365),
  },
  { requiredKeys: ['max_sessions_per_user'] },
);
const session = fc.record({
  user: fc.constantFrom(0, 0, 1, 1, 2, 2, 3),
  idle: fc.oneof({ weight: 2, arbitrary: fc.constantFrom(2, 7, 22, 47) }, { weight: 1, arbitrary: minutes }),
  extra: minutes,
  remember: fc.boolean(),
  ended: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: minutes }),
});
/** Days ago. */
const past = (most: number) => fc.array(fc.integer({ min: 0, max: most }), { minLength: 8, maxLength: 8, size: 'max' });
const world = fc.record({
  before: values,
  after: values,
  sessions: fc.array(session, { minLength: 40, maxLength: 40, size: 'max' }),
  limits: fc.array(fc.constantFrom(null, null, null, 0, 1, 2), { minLength: 4, maxLength: 4, size: 'max' }),
  activity: past(100),
  audit: past(400),
  alerts: past(400),
  revocations: past(400),
});

type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

onBothEngines('the simulation of a change of settings', (t) => {
  it('changes nothing, locks nothing and names the sessions it would end', async () => {
    const alice = await aUser(t, { username: 'alice' });
    const ids = [
      await aSession(t, alice, { idle: 45 }),
      await aSession(t, alice, { idle: 50 }),
      await aSession(t, alice, { idle: 2 }),
    ];
    const simulation = await simulateChange(
      t.db,
      { values: { session_timeout: 30 }, origin: 'database' },
      { cleanup: true },
    );
    expect(simulation).toMatchObject({ ends: { sessions: 2, users: 1 }, limit: null, cleanup: null });
    expect(simulation.ends?.first.map((s) => s.id)).toEqual(ids.slice(0, 2));
    expect(await liveIds(t)).toHaveLength(3);
    expect(await count(t, 'tomo.audit_log')).toBe(0);
  });

  it('looks at nothing that the change does not concern', async () => {
    await aSession(t, await aUser(t), { idle: 45 });
    const simulate = (change: SettingValues) =>
      simulateChange(t.db, { values: change, origin: 'database' }, { cleanup: true });
    const nothing = { user: null, ends: null, limit: null, cleanup: null };
    expect(await simulate({ session_timeout: 480, session_max_lifetime: 0, location_alerts: true })).toMatchObject(
      nothing,
    );
    expect(await simulate({ max_sessions_per_user: null, retention_sessions: 7 })).toEqual({
      ...nothing,
      changes: [expect.objectContaining({ key: 'retention_sessions', toOrigin: 'database' })],
    });
  });

  it('counts for one user only what his own limit would do', async () => {
    const [alice, bob] = [await aUser(t, { username: 'alice' }), await aUser(t, { username: 'bob' })];
    for (const user of [alice, alice, alice, alice, bob, bob, bob, bob]) await aSession(t, user);
    const own = (limit: number | null) =>
      simulateChange(
        t.db,
        { values: { max_sessions_per_user: limit }, origin: 'database', user: 'ALICE' },
        { cleanup: true },
      );
    expect((await own(2)).limit).toEqual({
      before: { action: 'revoke-oldest', users: 0, evicted: 0 },
      after: { action: 'revoke-oldest', users: 1, evicted: 3 },
      whom: [{ username: 'alice', sessions: 4, evicted: 3 }],
    });
    await changeSettings(t.db, { values: { max_sessions_per_user: 1 }, origin: 'database', user: 'alice' }, NOTE);
    expect((await own(null)).limit).toMatchObject({ before: { evicted: 4 }, after: { evicted: 0 } });
  });

  it('is what then happens: at once, at the next cleanup and at the next logins, whatever the rows and the settings', async () => {
    const seen = { ended: 0, evicted: 0, refused: 0, deleted: 0, rows: 0, weeks: 0, history: 0 };
    await fc.assert(
      fc.asyncProperty(world, async (w) => {
        await t.empty();
        const users = await build(t, w);
        const request = { values: w.after, origin: 'database' } as const;
        const { ends, limit, cleanup } = await simulateChange(t.db, request, { cleanup: true });

        const live = await owners(t);
        await changeSettings(t.db, request, NOTE);
        const still = await owners(t);
        const dead = [...live].filter(([id]) => !still.has(id));
        expect({ sessions: dead.length, users: new Set(dead.map(([, user]) => user)).size }).toEqual({
          sessions: ends?.sessions ?? 0,
          users: ends?.users ?? 0,
        });
        seen.ended += dead.length;

        const before = await sizes(t);
        const report = await clean(t, { batchSize: 7 });
        const after = await sizes(t);
        const gone = (name: keyof typeof before) => before[name] - after[name];
        if (cleanup?.sessions) expect(report.sessionsDeleted).toBe(cleanup.sessions.after);
        if (cleanup?.activity)
          expect({ rows: gone('activity'), weeks: report.partitionsDropped.length }).toEqual(cleanup.activity.after);
        if (cleanup?.history)
          expect({ audit: gone('audit'), revocations: gone('revocations'), alerts: gone('alerts') }).toEqual(
            cleanup.history.after,
          );
        seen.deleted += cleanup?.sessions?.after ?? 0;
        seen.rows += cleanup?.activity?.after.rows ?? 0;
        seen.weeks += cleanup?.activity?.after.weeks ?? 0;
        seen.history += Object.values(cleanup?.history?.after ?? {}).filter((n) => n > 0).length;

        const logins = await loginOnce(t, users);
        if (limit)
          expect(limit.after).toMatchObject(
            limit.after.action === 'deny'
              ? { users: logins.refused, evicted: 0 }
              : { users: logins.users, evicted: logins.evicted },
          );
        seen.evicted += limit ? logins.evicted : 0;
        seen.refused += limit ? logins.refused : 0;
      }),
      { numRuns: runs(25), endOnFailure: true },
    );
    // or it would prove nothing
    if (EVERYTHING) for (const n of Object.values(seen)) expect(n).toBeGreaterThan(0);
  });
});

/** Fills the database and returns the users. */
async function build(t: TestDatabase, w: World): Promise<string[]> {
  const users = [await aUser(t), await aUser(t), await aUser(t), await aUser(t, { active: false })];
  for (const { user, extra, ended, ...s } of w.sessions) {
    await aSession(t, users[user] ?? '', {
      ...s,
      age: s.idle + extra,
      ended: ended === undefined ? undefined : Math.min(ended, s.idle),
    });
  }
  await t.sql(
    'insert into tomo.user_controls (user_id, max_sessions) select * from unnest($1::uuid[], $2::int[]) on conflict do nothing',
    [users, w.limits],
  );
  await t.sql('select tomo.set_settings($1)', [JSON.stringify(w.before)]);

  for (const { name } of await t.sql<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'tomo'::regnamespace and relname ~ '^session_activity_\\d{8}$'`,
  )) {
    await t.sql(`drop table tomo.${name}`);
  }
  const ago = `now() - make_interval(days => d, mins => 47)`;
  await t.sql(
    `insert into tomo.session_activity (session_id, user_id, at, kind)
     select gen_random_uuid(), gen_random_uuid(), ${ago}, 'page' from unnest($1::int[]) d`,
    [w.activity],
  );
  // some weeks have a partition, the others wait in the default
  for (const day of w.activity.slice(0, 4)) {
    await t.sql(
      `select tomo.create_activity_partition(now() - make_interval(days => $1, mins => 47))
      where to_regclass('tomo.session_activity_' || to_char(date_trunc('week', now() - make_interval(days => $1, mins => 47), 'UTC') at time zone 'UTC', 'YYYYMMDD')) is null`,
      [day],
    );
  }
  await t.sql(
    `insert into tomo.alerts (kind, user_id, created_at) select 'login', $2, ${ago} from unnest($1::int[]) d`,
    [w.alerts, users[0]],
  );
  await t.sql(
    `insert into tomo.revocations (scope, epoch, user_id, actor, at, sessions)
     select case n % 3 when 0 then 'sessions' when 1 then 'user' else 'all' end, case when n % 3 > 0 then 0 end,
            case when n % 3 = 1 then '00000000-0000-0000-0000-000000000001'::uuid end, '{}', ${ago}, 0
       from unnest($1::int[]) with ordinality x(d, n)`,
    [w.revocations],
  );
  // a wrong clock has put some behind younger ones
  await t.sql(
    `insert into tomo.audit_log select h.id + n, ${ago}, '{}', 'old', null, '{}', '', '' from tomo.audit_head h, unnest($1::int[]) with ordinality x(d, n)`,
    [[...w.audit].sort((a, b) => b - a).toSpliced(3, 0, w.audit[0] ?? 0)],
  );
  await t.sql('update tomo.audit_head set id = (select max(id) from tomo.audit_log)');
  return users;
}

/** Live session -> user. */
async function owners(t: TestDatabase): Promise<Map<string, string>> {
  const rows = await t.sql<{ id: string; user: string }>('select id, user_id as user from tomo.live_sessions');
  return new Map(rows.map(({ id, user }) => [id, user]));
}

function sizes(t: TestDatabase): Promise<Record<'activity' | 'audit' | 'revocations' | 'alerts', number>> {
  return one(
    t,
    `select (select count(*) from tomo.session_activity)::int as activity, (select count(*) from tomo.audit_log where action = 'old')::int as audit,
            (select count(*) from tomo.revocations)::int as revocations, (select count(*) from tomo.alerts)::int as alerts`,
  );
}

/** Logs each user in who may, and tells what that has cost. */
async function loginOnce(
  t: TestDatabase,
  users: string[],
): Promise<{ evicted: number; users: number; refused: number }> {
  const result = { evicted: 0, users: 0, refused: 0 };
  for (const user of users) {
    const login = open(t, user).then(({ evicted }) => {
      result.evicted += evicted.length;
      result.users += evicted.length > 0 ? 1 : 0;
    });
    const code = await codeFrom(login);
    if (code === 'TM003') result.refused += 1;
    else expect([undefined, 'TM002']).toContain(code);
  }
  return result;
}
