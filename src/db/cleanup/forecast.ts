import type { Transaction } from '../port/database.ts';
import { selectRow, sql } from '../port/sql.ts';
import { settingsUnder } from '../settings/forecast.ts';
import type { SettingValues } from '../settings/settings.ts';

/** Sessions that a cleanup run now would mark as ended, because they have expired or were revoked, or delete. */
export interface SessionsToClean {
  expired: number;
  deleted: number;
  revoked: number;
}

/**
 * Looks at every session, so it may take a while on a large table. `retention` in days; null: the setting. `assumed`:
 * with these settings. Reads the conditions of src/db/functions/retention.sql, as cleaning does, and changes nothing.
 */
export async function countSessionsToClean(
  tx: Transaction,
  retention: number | null,
  assumed: SettingValues | null = null,
): Promise<SessionsToClean> {
  return selectRow<SessionsToClean>(
    tx,
    sql`${settingsUnder(assumed)},
     t as materialized (select settings, coalesce(${retention}::int, (settings).retention_sessions) as days
         from assumed)
     select count(*) filter (where killed_at is not null and not out_before)::int as revoked,
            count(*) filter (where out and not deleted_as_is and (killed_at is null or out_before))::int as expired,
            count(*) filter (where deleted_as_is or coalesce(ended_at, least(killed_at, runs_out)) < cut)::int
                as deleted
       from (
         select s.ended_at, k.at as killed_at, tomo.expires_at(s, t.settings) as runs_out,
                tomo.retention_cut(t.days, now()) as cut,
                s.ended_at is null and tomo.timed_out(s, t.settings, now()) as out,
                k.at is not null and tomo.timed_out(s, t.settings, k.at) as out_before,
                k.at is null and tomo.idle_since(s,
                  tomo.retention_cut(t.days, tomo.idle_cut(t.settings, s.remember_me, now()))) as deleted_as_is
           from tomo.sessions s cross join t
           -- the first unfinished revocation that ends it
           left join lateral (
             select min(r.at) as at from tomo.revocations r
              where s.ended_at is null and r.marked_at is null and r.restored_at is null
                and (r.scope = 'all' and s.epoch < r.epoch
                  or r.scope = 'user' and r.user_id = s.user_id and s.user_epoch < r.epoch
                  or exists (
                    select from tomo.revocation_targets g where g.revocation_id = r.id and g.session_id = s.id))) k
             on true) x`,
  );
}

/** What a cleanup would delete of activity: rows in all, and how many weeks go as a whole. */
export interface ActivityToDelete {
  rows: number;
  weeks: number;
}

export async function countActivityToDelete(
  tx: Transaction,
  assumed: SettingValues | null = null,
): Promise<ActivityToDelete> {
  return selectRow<ActivityToDelete>(
    tx,
    sql`${settingsUnder(assumed)},
     t as materialized (select (settings).retention_activity_logs as days from assumed),
     old as materialized (
       select c.oid from t cross join tomo.old_activity_partitions(t.days) name
         join pg_class c on c.relnamespace = 'tomo'::regnamespace and c.relname = name),
     cut as materialized (select tomo.retention_cut(days, now()) as cut from t)
     select (select count(*) from old)::int as weeks,
            ((select count(*) from tomo.session_activity a
               where a.tableoid in (select oid from old) and a.at < (select cut from cut))
             + (select count(*) from tomo.session_activity_default a where a.at < (select cut from cut)))::int as rows`,
  );
}

/** What a cleanup would delete of the history that one may ask for; not unused devices, places and user agents. */
export interface HistoryToDelete {
  audit: number;
  revocations: number;
  alerts: number;
}

export async function countHistoryToDelete(
  tx: Transaction,
  assumed: SettingValues | null = null,
): Promise<HistoryToDelete> {
  return selectRow<HistoryToDelete>(
    tx,
    sql`${settingsUnder(assumed)},
     t as materialized (select tomo.retention_cut((settings).retention_audit_logs, now()) as cut from assumed)
     select (select count(*) from tomo.audit_log where id <= (select tomo.last_old_audit(t.cut)))::int as audit,
            (select count(*) from tomo.revocations r where tomo.is_history(r, t.cut))::int as revocations,
            (select count(*) from tomo.alerts a where a.created_at < t.cut)::int as alerts
       from t`,
  );
}
