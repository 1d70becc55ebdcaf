import type { Transaction } from '../port/database.ts';
import { type Sql, selectRow, selectValue, sql } from '../port/sql.ts';
import { allConditions, source } from './conditions.ts';
import { endedSource, isOfEnded } from './ended.ts';
import type { Selection } from './selection.ts';

/** `from … where …` of the sessions `s` of a selection. */
export function selected(selection: Selection): Sql {
  return isOfEnded(selection)
    ? endedSource(selection)
    : sql`from ${source(selection)} where ${allConditions(selection)}`;
}

/** How many sessions of how many users. `last`: nothing is asked after it. */
export async function countSessions(tx: Transaction, selection: Selection, last = false) {
  if (selection.empty) return { sessions: 0, users: 0 };
  // by hash: the planner, which cannot know how many are live, would sort a million; where it fails, so does the count
  tx.script(`set local enable_sort = off; set local work_mem = '64MB'`).catch(() => {});
  if (last) tx.last();
  const counted = selectRow<{ sessions: number; users: number }>(tx)`
    select coalesce(sum(n), 0)::int as sessions, count(*)::int as users
          from (select count(*) as n ${selected(selection)} group by s.user_id) x`;
  // what is asked next is planned as ever
  if (!last) tx.script('set local enable_sort to default; set local work_mem to default').catch(() => {});
  return counted;
}

/** How many; counting stops at `cap`. */
export async function countSessionsTo(tx: Transaction, selection: Selection, cap: number): Promise<number> {
  if (selection.empty) return 0;
  return selectValue<number>(tx)`select count(*)::int from (select ${selected(selection)} limit ${cap}::bigint) x`;
}

/** How many of a selection of revoked sessions no revocation keeps out for good. */
export async function selectRestorable(tx: Transaction, selection: Selection): Promise<number> {
  if (selection.empty) return 0;
  return selectValue<number>(tx)`select count(*)::int ${selected(selection)} and not s.final and not exists (
    select from tomo.holders(s.user_id, s.id, s.epoch, s.user_epoch) h join tomo.revocations r on r.id = h
     where tomo.restorable_until(r.at, r.compromised) > now() is not true)`;
}
