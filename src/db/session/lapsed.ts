import type { Transaction } from '../port/database.ts';
import { type Sql, selectValue, sql } from '../port/sql.ts';
import { CUTS } from './conditions.ts';
import { LIVE_PASS } from './json.ts';

/** Up to so many open sessions that are not live are looked up one by one. */
const LOOKED_UP = 50_000;

/**
 * `few`: the open sessions that are not live. A limit makes the planner go by the indexes, as it does not for all
 * that there may be.
 */
export const FEW = sql`few as materialized (select o as id from tomo.lapsed(now()) o limit ${LOOKED_UP + 1}::bigint)`;
export const WITH_FEW = sql`with ${FEW}`;

/** Whether it is quicker to count the open sessions by an index alone, and to subtract those that are not live. */
export function areFewLapsed(tx: Transaction): Promise<boolean> {
  const few = sql`
    ${WITH_FEW} select k.lifetime_cut = '-infinity' and (select count(*) <= ${LOOKED_UP}::bigint from few) from ${CUTS}`;
  // of several servers each counts its own
  return selectValue<boolean>(tx)`${sql.either(few, sql`select false`)}`;
}

/**
 * A query for the users who have live sessions, and how many (n). `few`: they are few that are not live,
 * and FEW names them.
 */
export function livePerUser(few: boolean): Sql {
  if (!few) return sql`select s.user_id, count(*) as n from ${LIVE_PASS} group by s.user_id`;
  const open = (which: Sql) => sql`
    select s.user_id, count(*) as n from tomo.sessions s where s.ended_at is null and ${which} group by s.user_id`;
  return sql`select o.user_id, o.n - coalesce(d.n, 0) as n
    from (${open(sql`true`)}) o left join (${open(sql`s.id in (select id from few)`)}) d on d.user_id = o.user_id
   where o.n > coalesce(d.n, 0)`;
}
