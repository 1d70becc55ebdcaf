import type { Transaction } from '../port/database.ts';
import { type Sql, selectRow, selectValue, sql } from '../port/sql.ts';
import { LAPSED_PASS } from '../session/json.ts';
import { settingsUnder } from '../settings/forecast.ts';
import type { SettingValues } from '../settings/settings.ts';

/** Sessions that a cleanup run now would write the end of, and those it would delete. */
export interface SessionsToClean {
  ended: number;
  deleted: number;
}

/**
 * By the indexes of what has ended and of what may be dead. `retention` in days; null: the setting. `assumed`: with
 * this retention. Reads the verdicts that cleaning reads, and changes nothing.
 */
export function countSessionsToClean(tx: Transaction, retention: number | null, assumed: SettingValues | null = null) {
  return selectRow<SessionsToClean>(tx)`${settingsUnder(assumed)},
     t as materialized (
       select tomo.retention_cut(coalesce(${retention}::int, retention_sessions), now()) as cut from assumed)
     select open.ended, open.deleted + (select count(*) from tomo.sessions s
              where s.ended_at is not null and s.ended_at < (select t.cut from t))::int as deleted
       from (select count(*) filter (where s.ended_at >= t.cut)::int as ended,
                    count(*) filter (where s.ended_at < t.cut)::int as deleted
               from ${LAPSED_PASS} cross join t where s.final) open`;
}

/** What a cleanup would delete of activity: rows in all, and how many weeks go as a whole. */
export interface ActivityToDelete {
  rows: number;
  weeks: number;
}

export async function countActivityToDelete(tx: Transaction, assumed: SettingValues | null = null) {
  return selectRow<ActivityToDelete>(tx)`${settingsUnder(assumed)},
     t as materialized (select retention_activity_logs as days from assumed),
     old as materialized (
       select to_date(right(name, 8), 'YYYYMMDD')::timestamptz as week
         from t cross join tomo.old_activity_partitions(t.days) name),
     cut as materialized (select tomo.retention_cut(days, now()) as cut from t)
     select (select count(*) from old)::int as weeks,
            ((select count(*) from tomo.session_activity a
                join old o on a.at >= o.week and a.at < o.week + interval '7 days')
             + (select count(*) from tomo.session_activity_default a where a.at < (select cut from cut)))::int as rows`;
}

/** What a cleanup would delete of the history that one may ask for; not unused devices, places and user agents. */
export interface HistoryToDelete {
  audit: number;
  revocations: number;
  alerts: number;
}

/** Each by a statement of its own: on a cluster, what one server has is not joined with what they all have. */
export async function countHistoryToDelete(
  tx: Transaction,
  assumed: SettingValues | null = null,
): Promise<HistoryToDelete> {
  const count = (rows: Sql) => selectValue<number>(tx)`${settingsUnder(assumed)},
     t as materialized (select tomo.retention_cut(retention_audit_logs, now()) as cut from assumed)
     select count(*)::int as n from ${rows}`;
  const [audit, revocations, alerts] = await Promise.all([
    count(sql`tomo.audit_log where id <= (select tomo.last_old_audit(t.cut) from t)`),
    count(sql`tomo.revocations r where r.at < (select t.cut from t) and tomo.is_history(r.id)`),
    count(sql`tomo.alerts a where a.created_at < (select t.cut from t)`),
  ]);
  return { audit, revocations, alerts };
}
