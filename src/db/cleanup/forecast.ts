import type { Transaction } from '../port/database.ts';
import { selectRow } from '../port/sql.ts';
import { VERDICTS } from '../session/json.ts';
import { settingsUnder } from '../settings/forecast.ts';
import type { SettingValues } from '../settings/settings.ts';

/** Sessions that a cleanup run now would write the end of, and those it would delete. */
export interface SessionsToClean {
  ended: number;
  deleted: number;
}

/**
 * By the indexes of what has ended and of what may be dead. `retention` in days; null: the setting. `assumed`: with this
 * retention. Reads the verdicts that cleaning reads, and changes nothing.
 */
export function countSessionsToClean(tx: Transaction, retention: number | null, assumed: SettingValues | null = null) {
  return selectRow<SessionsToClean>(tx)`${settingsUnder(assumed)},
     t as materialized (
       select tomo.retention_cut(coalesce(${retention}::int, retention_sessions), now()) as cut from assumed)
     select open.ended, open.deleted + (select count(*) from tomo.sessions s
              where s.ended_at is not null and s.ended_at < (select t.cut from t))::int as deleted
       from (select count(*) filter (where s.ended_at >= t.cut)::int as ended,
                    count(*) filter (where s.ended_at < t.cut)::int as deleted
               from ${VERDICTS} cross join t
              where s.id in (select l from tomo.lapsed(now()) l) and s.open and not s.live and s.final) open`;
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
       select c.oid from t cross join tomo.old_activity_partitions(t.days) name
         join pg_class c on c.relnamespace = 'tomo'::regnamespace and c.relname = name),
     cut as materialized (select tomo.retention_cut(days, now()) as cut from t)
     select (select count(*) from old)::int as weeks,
            ((select count(*) from tomo.session_activity a
               where a.tableoid in (select oid from old) and a.at < (select cut from cut))
             + (select count(*) from tomo.session_activity_default a where a.at < (select cut from cut)))::int as rows`;
}

/** What a cleanup would delete of the history that one may ask for; not unused devices, places and user agents. */
export interface HistoryToDelete {
  audit: number;
  revocations: number;
  alerts: number;
}

export async function countHistoryToDelete(tx: Transaction, assumed: SettingValues | null = null) {
  return selectRow<HistoryToDelete>(tx)`${settingsUnder(assumed)},
     t as materialized (select tomo.retention_cut(retention_audit_logs, now()) as cut from assumed)
     select (select count(*) from tomo.audit_log where id <= (select tomo.last_old_audit(t.cut)))::int as audit,
            (select count(*) from tomo.revocations r where r.at < t.cut and tomo.is_history(r.id))::int as revocations,
            (select count(*) from tomo.alerts a where a.created_at < t.cut)::int as alerts
       from t`;
}
