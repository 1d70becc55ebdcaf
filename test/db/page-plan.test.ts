import { beforeAll, expect, it } from 'vitest';
import { type Database, read, type Transaction } from '../../src/db/port/database.ts';
import { listSessions } from '../../src/domain/session/list.ts';
import type { SessionFilter, SessionSort } from '../../src/model/session.ts';
import { aUser, liveIds } from '../support/builders.ts';
import { onOneServer, type TestDatabase } from '../support/database.ts';
import { revokeAllSql } from './helpers.ts';

const PAGE = 50;
/** The buckets of five minutes that a page is met in, 3,000 each, and those that it passes on the way; half of all. */
const FEW = 15_000;

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

/** What the page itself looks at; the probes before it end at a number of their own. */
async function rowsLooked(t: TestDatabase, filter: SessionFilter, sort: SessionSort): Promise<number> {
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
  const db: Database = { ...t.db, transaction: (options, work) => t.db.transaction(options, (tx) => work(noting(tx))) };
  await listSessions(db, filter, { sort, limit: PAGE, after: undefined, withTotal: false });
  return read(t.db, async (tx) => {
    let rows = Number.NaN;
    for (const { kind, text, params } of asked) {
      if (kind === 'script') await tx.script(text);
      else {
        const [found] = await tx.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
          `explain (analyze, format json) ${text}`,
          params,
        );
        rows = found ? looked(found['QUERY PLAN'][0].Plan) : Number.NaN;
      }
    }
    return rows;
  });
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
});
