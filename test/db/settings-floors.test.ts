import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onBothEngines, onPostgres, type TestDatabase } from '../support/database.ts';
import { auditRows, chainProblems, codeFrom, count, one } from './helpers.ts';
import { open, setSettings, touch } from './server-calls.ts';

const START = Date.parse('2026-03-01T00:00:00Z');

interface Timeouts {
  session_timeout: number;
  remember_me_timeout: number;
  session_max_lifetime: number;
}

/** What the rules say, minute by minute: a session that has once been dead stays so. */
class Model {
  now = 0;
  timeouts: Timeouts = { session_timeout: 60, remember_me_timeout: 43_200, session_max_lifetime: 0 };
  sessions: { id: string; remember: boolean; created: number; active: number; dead: boolean }[] = [];

  /** Before and after every change of the settings, and whenever somebody looks. */
  bury(): void {
    const { session_timeout, remember_me_timeout, session_max_lifetime } = this.timeouts;
    for (const s of this.sessions) {
      s.dead ||= this.now - s.active >= (s.remember ? remember_me_timeout : session_timeout);
      s.dead ||= session_max_lifetime > 0 && this.now - s.created >= session_max_lifetime;
    }
  }
}

type Step =
  | { kind: 'wait'; minutes: number }
  | { kind: 'open'; remember: boolean }
  | { kind: 'touch'; nth: number }
  | { kind: 'set'; values: Partial<Timeouts> };

const minutes = fc.constantFrom(1, 2, 5, 10, 15, 30, 60, 120, 480);
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('wait' as const), minutes }),
    fc.record({ kind: fc.constant('open' as const), remember: fc.boolean() }),
    fc.record({ kind: fc.constant('touch' as const), nth: fc.nat({ max: 9 }) }),
    fc.record({
      kind: fc.constant('set' as const),
      values: fc.record(
        {
          session_timeout: minutes,
          remember_me_timeout: minutes,
          session_max_lifetime: fc.oneof(fc.constant(0), minutes),
        },
        { requiredKeys: [] },
      ),
    }),
  ),
  { minLength: 25, maxLength: 25, size: 'max' },
);

/** The same in the database, whose clock is the model's: the floors are what set_settings stores. */
async function step(t: TestDatabase, model: Model, user: string, action: Step): Promise<void> {
  const at = new Date(START + model.now * 60_000).toISOString();
  if (action.kind === 'wait') model.now += action.minutes;
  model.bury();
  if (action.kind === 'open') {
    const [row] = await t.sql<{ id: string }>(
      'insert into tomo.sessions (user_id, remember_me, created_at, last_activity_at) values ($1, $2, $3, $3) returning id',
      [user, action.remember, at],
    );
    model.sessions.push({
      id: row?.id ?? '',
      remember: action.remember,
      created: model.now,
      active: model.now,
      dead: false,
    });
  }
  const touched = action.kind === 'touch' ? model.sessions[action.nth % Math.max(model.sessions.length, 1)] : undefined;
  if (touched && !touched.dead) {
    touched.active = model.now;
    await t.sql('update tomo.sessions set last_activity_at = $2 where id = $1', [touched.id, at]);
  }
  if (action.kind === 'set') {
    Object.assign(model.timeouts, action.values);
    await t.sql(
      `update tomo.settings t set (session_timeout, remember_me_timeout, session_max_lifetime, idle_floor, remember_floor, lifetime_floor) =
         (select x.session_timeout, x.remember_me_timeout, x.session_max_lifetime, x.idle_floor, x.remember_floor, x.lifetime_floor
            from tomo.changed_settings(t, $1, $2) x)`,
      [JSON.stringify(action.values), at],
    );
    model.bury();
  }
}

onBothEngines('changed timeouts', (t) => {
  let user: string;
  beforeEach(async () => {
    user = await aUser(t);
  });

  it('hold at once and revive nobody, in whatever order they are changed', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (actions) => {
        await t.empty();
        const owner = await aUser(t);
        const model = new Model();
        for (const action of actions) {
          await step(t, model, owner, action);
          const found = await t.sql<{ id: string }>(
            'select s.id from tomo.sessions s cross join tomo.settings t where tomo.within_limits(s, t, $1) order by s.created_at, s.id',
            [new Date(START + model.now * 60_000).toISOString()],
          );
          const expected = model.sessions.filter((s) => !s.dead).map((s) => s.id);
          expect(found.map((row) => row.id).sort()).toEqual(expected.sort());
        }
      }),
      { numRuns: 15, endOnFailure: true },
    );
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

  it('stores floors only where a timeout grows', async () => {
    const floors = () =>
      one(
        t,
        'select idle_floor::text as idle, remember_floor::text as remember, lifetime_floor::text as lifetime from tomo.settings',
      );
    const none = { idle: '-infinity', remember: '-infinity', lifetime: '-infinity' };
    await setSettings(t, { session_timeout: 30, remember_me_timeout: 600, session_max_lifetime: 600, jwt_expiry: 500 });
    expect(await floors()).toEqual(none);
    await setSettings(t, { session_timeout: 31 });
    expect(await floors()).toEqual({ ...none, idle: expect.stringMatching(/^\d/) });
    await setSettings(t, { session_timeout: null, remember_me_timeout: null, session_max_lifetime: null });
    expect(await floors()).toEqual({
      idle: expect.stringMatching(/^\d/),
      remember: expect.stringMatching(/^\d/),
      lifetime: expect.stringMatching(/^\d/),
    });
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
      'select tomo.setting_defaults() as defaults, tomo.setting_values(t) as values from tomo.settings t',
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
    ['TM010', { idle_floor: 'infinity', session_timeout: 5 }],
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
      expect(await one(t, 'select max_sessions from tomo.user_controls')).toEqual({ max_sessions: limit });
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
