import { beforeAll, expect, it } from 'vitest';
import { ACTIVITY_ROWS } from '../../src/db/activity/activity.ts';
import { read, type Transaction } from '../../src/db/port/database.ts';
import type { ActivityFilter } from '../../src/model/activity.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onOneServer } from '../support/database.ts';

onOneServer('lists of activity', (t) => {
  t.keepsData = true;
  beforeAll(async () => {
    await aSession(t, await aUser(t, { username: 'ann' }));
    await t.sql(`insert into tomo.session_activity (session_id, at, kind)
                 select gen_random_uuid(), now() - make_interval(mins => 9 * i), 'api' from generate_series(0, 9999) i`);
    await t.sql('select tomo.create_activity_partition(week) from tomo.missing_activity_weeks(0) week');
    await t.sql('analyze tomo.session_activity');
  });

  /** The partitions that a statement reads, the default one aside. */
  const weeksOf = (work: (tx: Transaction) => Promise<unknown>) =>
    read(t.db, async (tx) => {
      const plans: string[] = [];
      const explain = async (sql: string, params: readonly unknown[] = []) => {
        const rows = await tx.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, params);
        plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
        return [];
      };
      const lines = (sql: string, params: readonly unknown[] = []) => ({
        async *[Symbol.asyncIterator]() {
          yield* await explain(sql, params);
        },
      });
      await work({ ...tx, query: explain, lines });
      const plan = plans.join('\n');
      return { weeks: new Set(plan.match(/session_activity_\d{8}/g)).size, plan };
    });

  const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
  const page =
    (filter: ActivityFilter, at: string | null = null) =>
    (tx: Transaction) =>
      ACTIVITY_ROWS.page(
        tx,
        filter,
        { sort: 'latest', after: at === null ? null : [at, '00000000-0000-4000-8000-000000000000', '(0,1)'] },
        51,
      );

  it('of the last hour read one week (two at the turn of a week) and no more', async () => {
    for (const read of [
      page({ since: ago(1) }),
      (tx: Transaction) => ACTIVITY_ROWS.count(tx, { since: ago(1) }).catch(() => {}),
      async (tx: Transaction) => {
        for await (const _ of ACTIVITY_ROWS.stream(tx, { since: ago(1) }, { sort: 'earliest', after: null }));
      },
    ]) {
      expect((await weeksOf(read)).weeks).toBeLessThanOrEqual(2);
    }
  });

  it('between two times read the weeks between, and pages far back none that are newer', async () => {
    expect((await weeksOf(page({ since: ago(24 * 30), until: ago(24 * 29) }))).weeks).toBeLessThanOrEqual(2);
    const [weeks] = await t.sql<{ n: number }>(
      `select count(distinct date_trunc('week', at at time zone 'UTC'))::int as n from tomo.session_activity`,
    );
    expect((await weeksOf(page({}))).weeks).toBeGreaterThanOrEqual((weeks?.n ?? 0) - 1);
    expect(weeks?.n).toBeGreaterThanOrEqual(9);
    expect((await weeksOf(page({}, ago(24 * 7 * 8)))).weeks).toBeLessThanOrEqual(3);
  });

  it('walk the index of time from its end instead of sorting a week', async () => {
    const { plan } = await weeksOf(page({}));
    expect(plan).toMatch(/Index Scan Backward using session_activity_\d{8}_at_idx/);
    expect(plan).not.toMatch(/Seq Scan on session_activity_\d{8}/);
  });

  it('of a user walk what that user did from its end, in every week', async () => {
    const { plan } = await weeksOf(page({ users: ['ann'] }));
    // the oldest week may have but a few rows
    expect(plan.match(/Scan Backward using session_activity_\d{8}_user_id_at_idx/g)?.length).toBeGreaterThanOrEqual(9);
  });
});
