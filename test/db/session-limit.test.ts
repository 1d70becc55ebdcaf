import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import SessionShow from '../../src/commands/session/show.ts';
import type { Database, Transaction } from '../../src/db/port/database.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onBothEngines, onPostgres, type TestDatabase } from '../support/database.ts';
import { run } from '../support/run.ts';
import { codeFrom, count, fate, one, untilWaiting } from './helpers.ts';
import { close, type Opened, open, setSettings } from './server-calls.ts';

const setUserLimit = (t: TestDatabase, user: string, limit: number | null) =>
  t.sql('select tomo.set_user_limit($1, $2)', [user, limit]);

/** Twelve logins one after the other, and who is in then, oldest first. */
async function twelve(t: TestDatabase, user: string): Promise<{ refused: number; opened: string[]; live: string[] }> {
  const opened: string[] = [];
  let refused = 0;
  for (let i = 0; i < 12; i += 1) {
    const code = await codeFrom(open(t, user).then(({ session_id }) => opened.push(session_id)));
    if (code) expect(code).toBe('TM003');
    if (code) refused += 1;
  }
  const live = await t.sql<{ id: string }>(
    'select id from tomo.live_sessions where user_id = $1 order by created_at, id',
    [user],
  );
  return { refused, opened, live: live.map((row) => row.id) };
}

/** Logins, logouts, timeouts, revocations and changes of the limits. */
const nth = fc.nat({ max: 6 });
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('login' as const), replaces: fc.option(nth, { freq: 4 }) }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constantFrom('logout' as const, 'expire' as const, 'revoke' as const), nth }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('limit' as const),
        all: fc.constantFrom(0, 1, 2, 5),
        own: fc.constantFrom(null, null, 0, 1, 3),
        action: fc.constantFrom('revoke-oldest' as const, 'revoke-oldest' as const, 'deny' as const),
      }),
    },
  ),
  { minLength: 40, maxLength: 40, size: 'max' },
);

onBothEngines('the limit of sessions', (t) => {
  let user: string;
  beforeEach(async () => {
    user = await aUser(t, { username: 'alice' });
  });

  it.each([
    // setting, the user's own, the one that counts
    [0, null, 0],
    [1, null, 1],
    [5, null, 5],
    [5, 0, 0],
    [5, 3, 3],
    [0, 1, 1],
  ])('%i, with %j of the user’s own, evicts the earliest logins or denies above %i', async (setting, own, limit) => {
    for (const action of ['revoke-oldest', 'deny']) {
      user = await aUser(t);
      await setSettings(t, { max_sessions_per_user: setting, session_limit_action: action });
      if (own !== null) await setUserLimit(t, user, own);
      const { refused, opened, live } = await twelve(t, user);
      expect(refused).toBe(action === 'deny' && limit > 0 ? 12 - limit : 0);
      if (limit === 0) expect(live).toHaveLength(12);
      else if (action === 'deny') expect(new Set(live)).toEqual(new Set(opened));
      // the embedded clock knows milliseconds: two logins of one are in the order of their ids
      else expect(live).toHaveLength(limit);
    }
  });

  it('denies with TM003 and the number, which is no wrong password, and lets in again after a logout', async () => {
    await setSettings(t, { max_sessions_per_user: 1, session_limit_action: 'deny' });
    const { session_id } = await open(t, user);
    await expect(open(t, user)).rejects.toMatchObject({
      message: expect.stringContaining('the user alice has reached the limit of 1 sessions'),
    });
    expect(await codeFrom(open(t, user))).toBe('TM003');
    // the session that the browser held makes room for its successor
    const next = await open(t, user, { replaces: session_id });
    expect(await codeFrom(open(t, user, { replaces: session_id }))).toBe('TM003');
    await close(t, next.session_id);
    await open(t, user);
  });

  it('refuses and leaves the session that was to be replaced alone', async () => {
    await setSettings(t, { max_sessions_per_user: 1, session_limit_action: 'deny' });
    await open(t, user);
    const other = await aSession(t, await aUser(t));
    expect(await codeFrom(open(t, user, { replaces: other }))).toBe('TM003');
    expect(await fate(t, other)).toMatchObject({ state: 'active', reason: null });
  });

  it('counts only live sessions, marks what has expired and looks at no more than a hundred of them at a login', async () => {
    await setSettings(t, { max_sessions_per_user: 2 });
    await t.sql(
      `insert into tomo.sessions (user_id, created_at, last_activity_at) select $1, now() - interval '5 hours', now() - interval '2 hours' from generate_series(1, 130)`,
      [user],
    );
    const [first, second] = [await open(t, user), await open(t, user)];
    expect([first.evicted, second.evicted]).toEqual([[], []]);
    expect(
      await t.sql(
        `select end_reason, count(*)::int as n, bool_and(ended_at = last_activity_at + interval '1 hour') as on_time from tomo.sessions group by 1 order by 1`,
      ),
    ).toEqual([
      { end_reason: 'expired', n: 130, on_time: true },
      { end_reason: null, n: 2, on_time: null },
    ]);
    expect((await open(t, user)).evicted).toHaveLength(1);
  });

  it('takes everything above a limit that was lowered or exceeded by a restore', async () => {
    for (let i = 0; i < 6; i += 1) await open(t, user);
    const { revocation } = await one<{ revocation: number }>(t, 'select revocation::int from tomo.revoke_user($1)', [
      user,
    ]);
    await setSettings(t, { max_sessions_per_user: 3 });
    const only = await open(t, user);
    await t.sql('select tomo.restore($1)', [revocation]);
    expect(await count(t, 'tomo.live_sessions')).toBe(7);
    const last = await open(t, user);
    expect(last.evicted).toHaveLength(5);
    expect(await liveIds(t)).toHaveLength(3);
    for (const id of [only.session_id, last.session_id]) expect(await liveIds(t)).toContain(id);
  });

  it('is told by session show', async () => {
    await setSettings(t, { max_sessions_per_user: 1 });
    const first = await open(t, user);
    const second = await open(t, user);
    expect(second.evicted).toEqual([first.session_id]);
    expect((await run(t, SessionShow, [first.session_id])).stdout).toMatch(/ evicted by the session limit$/m);
    const json = (await run(t, SessionShow, [first.session_id, '--json'])).json();
    expect(JSON.stringify(json)).toContain('"endReason":"evicted"');
  });

  it('evicts the earliest logins first, as a plain model does', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (actions) => {
        await t.empty();
        const owner = await aUser(t);
        let limit = 0;
        let action = 'revoke-oldest';
        /** Newest login first. */
        let live: Opened[] = [];
        const gone: Opened[] = [];
        for (const step of actions) {
          if (step.kind === 'limit') {
            ({ action } = step);
            limit = step.own ?? step.all;
            await setSettings(t, { max_sessions_per_user: step.all, session_limit_action: action });
            await setUserLimit(t, owner, step.own);
          } else if (step.kind === 'login') {
            // one that is in, or one that is out already
            const replaces = step.replaces === null ? null : ([...live, ...gone][step.replaces]?.session_id ?? null);
            const others = live.filter((s) => s.session_id !== replaces);
            const kept = limit === 0 ? others : others.slice(0, limit - 1);
            if (action === 'deny' && kept.length < others.length) {
              expect(await codeFrom(open(t, owner, { replaces }))).toBe('TM003');
              continue;
            }
            const opened = await open(t, owner, { replaces });
            expect(opened.evicted).toEqual(
              others
                .slice(kept.length)
                .map((s) => s.session_id)
                .reverse(),
            );
            gone.push(...live.filter((s) => !kept.includes(s)));
            live = [opened, ...kept].sort((a, b) =>
              b.created_at + b.session_id > a.created_at + a.session_id ? 1 : -1,
            );
          } else {
            const victim = live[step.nth];
            if (!victim) continue;
            if (step.kind === 'logout') await close(t, victim.session_id);
            else if (step.kind === 'revoke')
              await t.sql('select tomo.revoke_sessions(array[$1::uuid])', [victim.session_id]);
            else
              await t.sql(
                `update tomo.sessions set last_activity_at = last_activity_at - interval '61 minutes' where id = $1`,
                [victim.session_id],
              );
            live = live.filter((s) => s !== victim);
            gone.push(victim);
          }
          expect(await liveIds(t)).toEqual(live.map((s) => s.session_id).sort());
        }
      }),
      { numRuns: 6, endOnFailure: true },
    );
  });
});

onPostgres('the limit of sessions, under many logins at once', (t) => {
  let user: string;
  let servers: Database[];
  beforeEach(async () => {
    user = await aUser(t);
    servers ??= await Promise.all(Array.from({ length: 32 }, () => t.connect()));
  });

  it.each([
    [1, 'revoke-oldest'],
    [5, 'revoke-oldest'],
    [1, 'deny'],
    [5, 'deny'],
  ])('%i, with the action %s, is never exceeded by 32 of one user, whoever looks', async (limit, action) => {
    await setSettings(t, { max_sessions_per_user: limit, session_limit_action: action });
    const observers = await Promise.all([t.connect(), t.connect()]);
    let running = true;
    const seen: number[] = [];
    const watching = observers.map(async (observer) => {
      while (running) {
        const [row] = await observer.query<{ n: number }>('select count(*)::int as n from tomo.live_sessions');
        seen.push(row?.n ?? -1);
      }
    });
    const opened: Opened[] = [];
    const codes: (string | undefined)[] = [];
    await Promise.all(
      servers.map(async (server) => codes.push(await codeFrom(open(server, user).then((o) => opened.push(o))))),
    );
    running = false;
    await Promise.all(watching);

    expect(Math.max(...seen)).toBeLessThanOrEqual(limit);
    const live = await liveIds(t);
    expect(live).toHaveLength(limit);
    const evicted = opened.flatMap((o) => o.evicted);
    if (action === 'deny') {
      expect(opened.map((o) => o.session_id).sort()).toEqual(live);
      expect(codes.filter(Boolean)).toEqual(Array(32 - limit).fill('TM003'));
      expect(evicted).toEqual([]);
    } else {
      expect(codes.filter(Boolean)).toEqual([]);
      // each of the others was evicted, by one login, and the earliest were
      expect([...evicted, ...live].sort()).toEqual(opened.map((o) => o.session_id).sort());
      const [last] = await t.sql<{ at: string; ids: string[] }>(
        'select array_agg(id order by id) as ids from (select id::text from tomo.sessions order by created_at desc, id desc limit $1) x',
        [limit],
      );
      expect(last?.ids).toEqual(live);
      expect(
        await count(
          t,
          `tomo.sessions where end_reason = 'evicted' and ended_by = 'session limit' and ended_at >= created_at`,
        ),
      ).toBe(32 - limit);
    }
  });

  it.each(['revoke-oldest', 'deny'])(
    'counts a session that a request saves from its timeout just now (%s)',
    async (action) => {
      await setSettings(t, { max_sessions_per_user: 1, session_limit_action: action });
      const id = await aSession(t, user, { idle: 61 });
      const [server] = servers;
      let login: Promise<Opened> | undefined;
      await t.db.transaction({}, async (tx) => {
        // what touch_session does when it has found the session live just before
        await t.sqlIn(tx, 'update tomo.sessions set last_activity_at = clock_timestamp() where id = $1', [id]);
        login = server && open(server, user);
        login?.catch(() => {});
        await untilWaiting(tx, 'open_session');
      });
      if (action === 'deny') expect(await codeFrom(login ?? Promise.resolve())).toBe('TM003');
      else expect((await login)?.evicted).toEqual([id]);
      expect(await liveIds(t)).toHaveLength(1);
    },
  );

  it('is kept in the order in which revocations lock: neither waits for the other', async () => {
    await setSettings(t, { max_sessions_per_user: 1 });
    const [first, second, third] = [1, 2, 3].map((n) => `${n}0000000-0000-4000-8000-000000000000`) as [
      string,
      string,
      string,
    ];
    await aSession(t, user, { id: first });
    await aSession(t, user, { id: second, idle: 90 });
    await aSession(t, user, { id: third });
    const [server] = servers;
    const hold = (tx: Transaction, id: string) =>
      t.sqlIn(tx, 'select from tomo.sessions where id = $1 and user_id = $2 for no key update', [id, user]);
    let login: Promise<Opened> | undefined;
    await t.db.transaction({ lockTimeout: 500 }, async (tx) => {
      await hold(tx, first);
      login = server && open(server, user, { replaces: third });
      await untilWaiting(tx, 'open_session');
      for (const id of [second, third]) await hold(tx, id);
    });
    expect((await login)?.evicted).toEqual([first]);
    expect([(await fate(t, first)).reason, (await fate(t, second)).reason, (await fate(t, third)).reason]).toEqual([
      'evicted',
      'expired',
      'logout',
    ]);
  });
});
