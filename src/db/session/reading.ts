import type { Transaction } from '../port/database.ts';
import { given, selectValue, sql } from '../port/sql.ts';
import { dimensionConditions, prefilter } from './conditions.ts';
import type { Selection } from './selection.ts';

/** Live sessions up to this number are gathered by the index of a filter and then sorted. */
const GATHER = 10_000;

/** How a page of live sessions is read. */
export type Reading = 'nothing' | 'gather' | 'walk';

/**
 * Looks, through the index of each filter that has one, whether it matches many sessions: few are gathered and
 * sorted, else the list's own order is walked, which soon meets enough. Each wins by a hundred times on its ground.
 */
export async function chooseReading(tx: Transaction, selection: Selection): Promise<Reading> {
  const { filter, bounds } = selection;
  const open = sql`s.ended_at is null and ${prefilter(selection)}`;
  const probes = given([
    ...dimensionConditions(selection).map((condition) => sql`${open} and ${condition}`),
    // those whom the last revoke-all has left, and who came since
    bounds.minEpoch > 0 && sql`s.ended_at is null and s.epoch >= ${bounds.minEpoch}`,
    filter.methods?.length && sql`${open} and s.login_method = any(${filter.methods}::text[])`,
    // ended ones are counted too, so that the index alone answers
    filter.since && sql`s.created_at >= ${filter.since}::timestamptz`,
    filter.until && sql`s.created_at < ${filter.until}::timestamptz`,
  ]);
  if (probes.length > 0) {
    const counts = probes.map(
      (probe) => sql`(
        select count(*)::int from (select from tomo.sessions s where ${probe} limit ${GATHER + 1}::bigint) x)`,
    );
    const n = await selectValue<number>(tx)`select least(${sql.join(counts, ', ')})`;
    if (n === 0) return 'nothing';
    if (n <= GATHER) return 'gather';
  }
  if (!filter.until) await tx.script('set local enable_seqscan = off; set local enable_bitmapscan = off');
  return 'walk';
}
