import type { SessionSort } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { given, type Sql, selectValue, sql } from '../port/sql.ts';
import { CUTS, dimensionConditions, prefilter } from './conditions.ts';
import { GATHER, type Selection } from './selection.ts';

/** How a page of live sessions is read. */
export type Reading = 'nothing' | 'gather' | 'walk';

/**
 * Looks, through the index of each filter that has one, whether it matches many sessions: few are gathered and
 * sorted, else the list's own order is walked, which soon meets enough. Each wins by a hundred times on its ground. Asks
 * nothing where there is no such filter, or the number of its users says it already.
 */
export async function chooseReading(tx: Transaction, selection: Selection, sort: SessionSort): Promise<Reading> {
  const { filter, ofUsers } = selection;
  if (ofUsers === 0) return 'nothing';
  if (ofUsers !== null && ofUsers <= GATHER) return 'gather';
  const open = sql`s.ended_at is null and ${prefilter(selection)}`;
  const probes = given([
    ...dimensionConditions({ ...selection, userIds: ofUsers === null ? selection.userIds : null }).map(
      (condition) => sql`${open} and ${condition}`,
    ),
    filter.methods?.length && sql`${open} and s.login_method = any(${filter.methods}::text[])`,
    // ended ones are counted too, so that the index alone answers
    filter.since && sql`s.created_at >= ${filter.since}::timestamptz`,
    filter.until && sql`s.created_at < ${filter.until}::timestamptz`,
  ]);
  if (probes.length === 0 && sort !== 'login') return 'walk';
  const count = (probe: Sql) => sql`(
    select count(*)::int from (select from tomo.sessions s where ${probe} limit ${GATHER + 1}::bigint) x)`;
  // those whom the last revoke-all has left, and who came since; in order of activity no others are met on the way
  const left = sql`case when k.min_epoch > 0 then ${count(sql`s.ended_at is null and s.epoch >= k.min_epoch`)} end`;
  const fewest = sql`select least(${sql.join([left, ...probes.map(count)], ', ')}) from ${CUTS}`;
  // each of several servers plans its own part
  const n = await selectValue<number | null>(tx)`${sql.either(fewest, sql`select 1`)}`;
  if (n === 0) return 'nothing';
  return n !== null && n <= GATHER ? 'gather' : 'walk';
}
