import type { Transaction } from '../port/database.ts';
import { type Sql, selectRow, sql } from '../port/sql.ts';
import { allConditions, source } from './conditions.ts';
import type { Selection } from './selection.ts';

/** `from … where …` of the sessions `s` of a selection. */
export function selected(selection: Selection): Sql {
  return sql`from ${source(selection)} where ${allConditions(selection)}`;
}

/** How many sessions of how many users. */
export async function countSessions(tx: Transaction, selection: Selection) {
  if (selection.empty) return { sessions: 0, users: 0 };
  return selectRow<{ sessions: number; users: number }>(tx)`
    select coalesce(sum(n), 0)::int as sessions, count(*)::int as users
          from (select count(*) as n ${selected(selection)} group by s.user_id) x`;
}
