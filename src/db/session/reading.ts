import type { SessionSort } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { given, type Sql, selectRow, sql } from '../port/sql.ts';
import { CUTS, dimensionConditions, prefilter } from './conditions.ts';
import { GATHER, type Selection } from './selection.ts';

/** How a page of live sessions is read. `left`: by the epoch alone, since the last revoke-all has left few. */
export type Reading = 'nothing' | 'left' | 'gather' | 'walk';

/**
 * Looks, through the index of each filter that has one, whether it matches many sessions: few are gathered and sorted,
 * else the list's own order is walked, which soon meets enough. Each wins by a hundred times on its ground. Asks
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
  const fewest = probes.length > 0 ? sql`least(${sql.join(probes.map(count), ', ')})` : sql`null::int`;
  const counted = sql`
    select l.n as left, case when l.n <= ${GATHER}::int then null else ${fewest} end as fewest
      from ${CUTS} cross join lateral (select ${left} as n offset 0) l`;
  // each of several servers plans its own part
  const found = await selectRow<Record<'left' | 'fewest', number | null>>(tx)`
    ${sql.either(counted, sql`select null::int as left, ${GATHER + 1}::int as fewest`)}`;
  if (found.left === 0 || found.fewest === 0) return 'nothing';
  if (found.left !== null && found.left <= GATHER) return 'left';
  return found.fewest !== null && found.fewest <= GATHER ? 'gather' : 'walk';
}
