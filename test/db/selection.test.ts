import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { previewRevocation, revokeByFilter } from '../../src/domain/revocation/revoke.ts';
import { countExactly, exportSessions, listSessions } from '../../src/domain/session/list.ts';
import { type Session, type SessionFilter, type SessionSort, STATE_FILTERS } from '../../src/model/session.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onBothEngines, type TestDatabase } from '../support/database.ts';
import { EVERYTHING, some as part, runs } from '../support/extent.ts';
import { clean, fates, NOTE, restoreSql, revokeAllSql, revokeUserSql } from './helpers.ts';
import { aWorld, type Known, knownSessions, reference } from './selection-world.ts';

const SORTS: SessionSort[] = ['activity', 'idle', 'login'];

const list = async (t: TestDatabase, filter: SessionFilter, sort: SessionSort = 'activity', limit = 1000) =>
  (await listSessions(t.db, filter, { sort, limit, after: undefined, withTotal: false })).sessions;
const exported = async (t: TestDatabase, filter: SessionFilter, sort: SessionSort): Promise<Session[]> => {
  const found: Session[] = [];
  await exportSessions(t.db, filter, { sort, after: undefined }, (json) => void found.push(JSON.parse(json)));
  return found;
};
const ids = (sessions: Session[]) => sessions.map((s) => s.id);

/** States of the database in which a list must be right. */
const SCENES: Record<string, (t: TestDatabase) => Promise<void>> = {
  'an ordinary day': async () => {},
  'a revoke-all, with kept sessions and later logins': async (t) => {
    const keep = (await list(t, { state: 'active' })).filter((_, i) => i % 4 === 0);
    await revokeAllSql(t, { keep: ids(keep) });
    const dave = await aUser(t, { username: 'dave' });
    for (let i = 0; i < 4; i += 1) await aSession(t, dave, { idle: 0, age: 0, remember: i % 2 === 0 });
  },
  'a revocation of chosen sessions, some of them restored': async (t) => {
    const choose = async (users: string[]) =>
      (await revokeByFilter(t.db, { state: 'active', users }, NOTE, null)).revocation ?? 0;
    await choose(['alice']);
    await restoreSql(t, await choose(['bob']));
    await t.sql('select tomo.revoke_sessions($1::uuid[])', [ids((await list(t, { state: 'active' })).slice(0, 5))]);
  },
  'a revoke-all that is written': async (t) => {
    await revokeAllSql(t, { keep: ids(await list(t, { state: 'active', users: ['bob'] })), compromised: true });
    await clean(t, { retention: 3650 });
  },
  'a user revoked, and a restored revoke-all over one that stands': async (t) => {
    await revokeUserSql(t, (await list(t, { state: 'active', users: ['alice'] }))[0]?.userId ?? '');
    const keep = await list(t, { state: 'active', users: ['bob'] });
    await revokeAllSql(t, { keep: ids(keep) });
    await restoreSql(t, await revokeAllSql(t, { keep: ids(keep.slice(0, 2)) }));
  },
  'shorter timeouts in the past and an absolute lifetime': async (t) => {
    await t.sql(`update tomo.settings set session_timeout = 480, session_max_lifetime = 2000`);
    await t.sql(`insert into tomo.past_timeouts values (now() - interval '50 minutes', '-infinity', 150, 950, 1150)`);
  },
};

onBothEngines('selecting sessions', (t) => {
  t.keepsData = true;
  // the same statements, each many times slower
  const embedded = t.engine === 'embedded';
  describe.each(part('scenes', Object.entries(SCENES), 2))('with %s', (_, scene) => {
    let known: Known[];
    let filters: fc.Arbitrary<SessionFilter>;
    beforeAll(async () => {
      await t.empty();
      await aWorld(t);
      await scene(t);
      known = await knownSessions(t);
      const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
      const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
      const some = <T>(...values: T[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });
      filters = fc
        .record({
          state: fc.constantFrom('active' as const, ...STATE_FILTERS),
          users: optional(some('ALICE', 'bob', 'Carol')),
          ips: optional(
            some(
              '203.0.113.7',
              '203.0.113.0/24',
              '203.0.113.9/25',
              '0.0.0.0/0',
              '2001:db8::/32',
              '2001:db8::1',
              '192.0.2.0/24',
              '10.0.0.0/8',
            ),
          ),
          since: optional(fc.constantFrom(ago(10), ago(60), ago(240), ago(2900))),
          until: optional(fc.constantFrom(ago(10), ago(60), ago(240), ago(2900))),
          liveSince: optional(fc.constantFrom(ago(10), ago(60), ago(240), ago(2900))),
          liveUntil: optional(fc.constantFrom(ago(10), ago(60), ago(240), ago(2900))),
          idleFor: optional(fc.constantFrom(600, 1800, 7200, 2 * 86_400)),
          devices: optional(
            some(
              'firefox',
              'WINDOWS',
              'on android',
              'form:Desktop',
              'curl',
              '100%_\\',
              'opera',
              'unknown',
              'agent:Mozilla',
              'laptop OF b',
            ),
          ),
          countries: optional(some('DE', 'FR', 'JP')),
          methods: optional(some('password', 'sso', `it's \\ $1`)),
          not: fc.option(
            fc.record(
              {
                users: some('ALICE', 'Carol'),
                ips: some('203.0.113.7', '203.0.113.0/24', '2001:db8::/32'),
                idleFor: fc.constantFrom(600, 7200),
                devices: some('firefox', 'curl', 'opera', 'unknown', 'laptop OF b'),
                countries: some('DE', 'JP'),
                methods: some('sso', `it's \\ $1`),
              },
              { requiredKeys: [] },
            ),
            { nil: undefined, freq: 2 },
          ),
          except: optional(fc.constant(known.slice(0, 40).map((s) => s.id))),
        })
        .map(
          (filter) =>
            Object.fromEntries(
              Object.entries(filter).filter(([, value]) => value !== undefined),
            ) as unknown as SessionFilter,
        );
    });

    it('lists, exports and counts what a plain reading of every row selects, in order', async () => {
      expect(new Set(known.map((s) => s.state)).size).toBe(5);
      await fc.assert(
        fc.asyncProperty(filters, fc.constantFrom(...SORTS), async (filter, sort) => {
          const expected = reference([...known], filter, sort, Date.now());
          expect(ids(await list(t, filter, sort))).toEqual(expected);
          expect(ids(await exported(t, filter, sort))).toEqual(expected);
          expect(await countExactly(t.db, filter)).toBe(expected.length);
        }),
        { numRuns: runs(embedded ? 12 : 40), endOnFailure: true },
      );
    });

    it.each(SORTS.flatMap((sort) => (embedded || !EVERYTHING ? [3] : [1, 3, 7]).map((size) => [sort, size] as const)))(
      'visits every session once by %s in pages of %i',
      async (sort, size) => {
        for (const state of ['active', 'all'] as const) {
          const expected = reference([...known], { state }, sort, Date.now());
          const visited: string[] = [];
          for (let after: string | undefined; ; ) {
            const page = await listSessions(t.db, { state }, { sort, limit: size, after, withTotal: false });
            expect(page.sessions.length).toBeLessThanOrEqual(size);
            visited.push(...ids(page.sessions));
            if (page.nextCursor === null) break;
            after = page.nextCursor;
          }
          expect(visited).toEqual(expected);
        }
      },
    );

    it('exports from a cursor what the pages after it would show', async () => {
      for (const sort of SORTS) {
        const first = await listSessions(
          t.db,
          { state: 'active' },
          { sort, limit: 5, after: undefined, withTotal: true },
        );
        const rest: string[] = [];
        await exportSessions(
          t.db,
          { state: 'active' },
          { sort, after: first.nextCursor ?? undefined },
          (json) => void rest.push((JSON.parse(json) as Session).id),
        );
        expect([...ids(first.sessions), ...(first.nextCursor ? rest : [])]).toEqual(
          reference([...known], { state: 'active' }, sort, Date.now()),
        );
        if (first.nextCursor) expect(first.total).toBe(known.filter((s) => s.state === 'active').length);
      }
    });

    it('previews what a revocation by the same filter then ends', async () => {
      const filter: SessionFilter = { state: 'active', users: ['bob', 'alice'], idleFor: 600 };
      const expected = reference([...known], filter, 'activity', Date.now());
      const { sessions, users, first } = await previewRevocation(t.db, filter);
      expect([sessions, ids(first)]).toEqual([expected.length, expected.slice(0, 5)]);
      expect(users).toBe(new Set(known.filter((s) => expected.includes(s.id)).map((s) => s.username)).size);
      const { revocation } = await revokeByFilter(t.db, filter, NOTE, sessions);
      const ended = [...(await fates(t)).values()].filter((s) => revocation !== null && s.revocation === revocation);
      expect(ended.map((s) => s.id).sort()).toEqual([...expected].sort());
    });
  });
});
