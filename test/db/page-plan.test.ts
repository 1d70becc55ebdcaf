import { beforeAll, expect, it } from 'vitest';
import { type Database, read, type Transaction } from '../../src/db/port/database.ts';
import { selectEndedSessions, selectOutcome, selectStaysDead } from '../../src/db/revocation/restore-outcome.ts';
import { countSessions } from '../../src/db/session/count.ts';
import { prepareSelection } from '../../src/db/session/selection.ts';
import { showRevocation } from '../../src/domain/revocation/show.ts';
import { listSessions } from '../../src/domain/session/list.ts';
import type { SessionFilter, SessionSort } from '../../src/model/session.ts';
import { aUser, liveIds } from '../support/builders.ts';
import { onOneServer, type TestDatabase } from '../support/database.ts';
import { revokeAllSql } from './helpers.ts';

const PAGE = 50;
/** The buckets of five minutes that a page is met in, 3,000 each, and those that it passes on the way; half of all. */
const FEW = 15_000;

/** More than there are. */
const ALL = 100_000;

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

/** Rows of sessions that a plan has looked at. */
function looked(plan: Plan): number {
  const own = plan['Relation Name'] === 'sessions' ? plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0) : 0;
  return own * plan['Actual Loops'] + (plan.Plans ?? []).reduce((sum, inner) => sum + looked(inner), 0);
}

/** Rows that the parts of a plan have given to one another. */
function handled(plan: Plan): number {
  return (
    plan['Actual Rows'] * plan['Actual Loops'] + (plan.Plans ?? []).reduce((sum, inner) => sum + handled(inner), 0)
  );
}

/** What each statement of some work looks at; `memory`: of which it has so much. */
async function looks(
  t: TestDatabase,
  work: (db: Database) => Promise<unknown>,
  { count = looked, memory = '4MB' } = {},
): Promise<number[]> {
  const asked: { kind: 'query' | 'script'; text: string; params: readonly unknown[] }[] = [];
  const noting = (tx: Transaction): Transaction => ({
    ...tx,
    query: (text, params = []) => {
      asked.push({ kind: 'query', text, params });
      return tx.query(text, params);
    },
    script: (text) => {
      asked.push({ kind: 'script', text, params: [] });
      return tx.script(text);
    },
  });
  await work({ ...t.db, transaction: (options, inner) => t.db.transaction(options, (tx) => inner(noting(tx))) });
  return read(t.db, async (tx) => {
    const rows: number[] = [];
    await tx.script(`set local work_mem = '${memory}'`);
    for (const { kind, text, params } of asked) {
      if (kind === 'script') await tx.script(text);
      else {
        const [found] = await tx.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
          `explain (analyze, format json) ${text}`,
          params,
        );
        rows.push(found ? count(found['QUERY PLAN'][0].Plan) : Number.NaN);
      }
    }
    return rows;
  });
}

/** What the page itself looks at; the probes before it end at a number of their own. */
async function rowsLooked(t: TestDatabase, filter: SessionFilter, sort: SessionSort): Promise<number> {
  const page = { sort, limit: PAGE, after: undefined, withTotal: false };
  return (await looks(t, (db) => listSessions(db, filter, page))).at(-1) ?? Number.NaN;
}

onOneServer('a page of many live sessions', (t) => {
  t.keepsData = true;

  beforeAll(async () => {
    await t.empty();
    const users = [await aUser(t, { username: 'ann' }), await aUser(t, { username: 'bob' })];
    // ten in a second
    await t.sql(
      `insert into tomo.sessions (user_id, remember_me, ip, created_at, last_activity_at)
       select ($1::uuid[])[1 + i % 2], i % 3 = 0, '10.0.0.1', now() - make_interval(secs => i / 10.0 + 60), now() - make_interval(secs => i / 10.0)
         from generate_series(1, 30000) i`,
      [users],
    );
    await t.sql(`insert into tomo.sessions (user_id, ended_at, end_reason, created_at, last_activity_at)
      select user_id, created_at, 'logout', created_at - interval '1 day', created_at - interval '1 day' from tomo.sessions`);
    await t.sql('analyze tomo.sessions');
  });

  const filters: [name: string, filter: Omit<SessionFilter, 'state'>][] = [
    ['no filter', {}],
    ['until', { until: new Date(Date.now() - 600_000).toISOString() }],
    ['idle', { idleFor: 600 }],
    ['not idle', { not: { idleFor: 2400 } }],
  ];

  it.each(
    filters.flatMap(([name, filter]) => (['activity', 'idle'] as const).map((sort) => [name, sort, filter] as const)),
  )('looks at few of them: %s, by %s', async (_, sort, filter) => {
    expect(await rowsLooked(t, { state: 'active', ...filter }, sort)).toBeLessThan(FEW);
  });

  it('looks at few where many have run out and the revoked are asked for', async () => {
    await t.sql('update tomo.settings set session_timeout = 10');
    expect(await rowsLooked(t, { state: 'revoked' }, 'login')).toBeLessThan(100);
    await t.sql('update tomo.settings set session_timeout = 60');
    await t.sql('delete from tomo.past_timeouts');
  });

  it('looks at those alone whom a revoke-all has left, whatever is asked', async () => {
    const [kept] = await liveIds(t);
    await revokeAllSql(t, { keep: [kept ?? ''] });
    for (const sort of ['activity', 'idle', 'login'] as const)
      for (const filter of [...filters.map(([, filter]) => filter), { ips: ['10.0.0.0/8'] }])
        expect(await rowsLooked(t, { state: 'active', ...filter }, sort)).toBeLessThan(100);
  });

  it('looks at few where all are revoked and those that have run out are asked for', async () => {
    expect(await rowsLooked(t, { state: 'expired' }, 'login')).toBeLessThan(100);
  });

  it('looks at few where all are revoked and those that have run out are counted', async () => {
    const counts = await looks(t, (db) =>
      read(db, async (tx) => countSessions(tx, await prepareSelection(tx, { state: 'expired' }))),
    );
    expect(Math.max(...counts)).toBeLessThan(100);
  });

  it('looks at few where all are revoked and an undo of few chosen ones is asked for', async () => {
    const [revocation] = await t.sql<{ id: number }>(
      `select tomo.revoke_sessions(array(select id from tomo.sessions s join tomo.settings g on s.epoch >= g.min_epoch
         where s.ended_at is null limit 1))::int as id`,
    );
    const id = revocation?.id ?? 0;
    const statements = await looks(t, async (db) => {
      const { forecast, sessions } = await showRevocation(db, id);
      expect(forecast).toMatchObject({ live: 1 });
      expect(sessions).toHaveLength(1);
    });
    expect(Math.max(...statements)).toBeLessThan(100);
  });
});

onOneServer('an undo of very many chosen ones', (t) => {
  it('is judged in one pass, as each by itself, and compares nobody with all inactive users', async () => {
    const quarters = [await aUser(t), await aUser(t), await aUser(t), await aUser(t)];
    const [, inactive, revoked] = quarters;
    await t.sql(
      `insert into tomo.sessions (user_id, created_at, last_activity_at)
       select ($1::uuid[])[1 + i % 4], now() - interval '1 hour',
              now() - case i % 4 when 3 then interval '40 minutes' else interval '1 minute' end
         from generate_series(1, 10400) i`,
      [quarters],
    );
    await t.sql(
      `insert into tomo.users (username, is_active) select 'gone ' || i, false from generate_series(1, 6000) i`,
    );
    const [revocation] = await t.sql<{ id: number }>(
      'select tomo.revoke_sessions(array(select id from tomo.sessions))::int as id',
    );
    await t.sql('update tomo.users set is_active = false where id = $1', [inactive]);
    const [later] = await t.sql<{ id: number }>('select revocation::int as id from tomo.revoke_user($1)', [revoked]);
    await t.sql(`select tomo.set_settings('{"session_timeout": 30}')`);
    await t.sql('analyze');

    const of = { id: revocation?.id ?? 0, scope: 'sessions' as const };
    await read(t.db, async (tx) => {
      const outcome = await selectOutcome(tx, of, null);
      expect(outcome).toMatchObject({
        helps: true,
        verdicts: { live: 2600, 'user-inactive': 2600, revoked: 2600, idle: 2600 },
        newer: [{ revocation: later?.id, sessions: 2600 }],
      });
      expect(await selectOutcome(tx, of, ALL)).toEqual(outcome);
      expect(await selectStaysDead(tx, of, ALL, null)).toEqual(await selectStaysDead(tx, of, ALL, ALL));
      const ended = await selectEndedSessions(tx, of, ALL);
      expect(ended).toHaveLength(10_400);
      expect(await selectEndedSessions(tx, of, 5)).toEqual(ended.slice(0, 5));
    });
    const rows = await looks(t, (db) => showRevocation(db, of.id), { count: handled, memory: '64kB' });
    expect(Math.max(...rows)).toBeLessThan(2_000_000);
  });
});
