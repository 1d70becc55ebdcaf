import type { Actor } from '../../model/session.ts';
import type { Database, Transaction } from '../port/database.ts';
import { settingsUnder } from '../settings/forecast.ts';
import type { SettingValues } from '../settings/settings.ts';

/** One batch: how many rows, and where the next batch starts. */
export interface Batch {
  rows: number;
  watermark: string | null;
}

async function batch(tx: Transaction, call: string, params: unknown[]): Promise<Batch> {
  const [row] = await tx.query<Batch>(`select rows::int, watermark::text from ${call}`, params);
  return row ?? { rows: 0, watermark: null };
}

export function markExpired(tx: Transaction, remember: boolean, watermark: string, size: number): Promise<Batch> {
  return batch(tx, 'tomo.mark_expired($1, $2::timestamptz, $3)', [remember, watermark, size]);
}

export function markOutlived(tx: Transaction, watermark: string, size: number): Promise<Batch> {
  return batch(tx, 'tomo.mark_outlived($1::timestamptz, $2)', [watermark, size]);
}

/** `retention` in days; null: the setting. */
export function deleteExpired(
  tx: Transaction,
  remember: boolean,
  watermark: string,
  retention: number | null,
  size: number,
): Promise<Batch> {
  return batch(tx, 'tomo.delete_expired($1, $2::timestamptz, $3, $4)', [remember, watermark, retention, size]);
}

export function deleteEnded(
  tx: Transaction,
  watermark: string,
  retention: number | null,
  size: number,
): Promise<Batch> {
  return batch(tx, 'tomo.delete_ended($1::timestamptz, $2, $3)', [watermark, retention, size]);
}

export async function deleteOldDefaultActivity(tx: Transaction, size: number): Promise<Batch> {
  const [row] = await tx.query<{ rows: number }>('select tomo.delete_old_default_activity($1)::int as rows', [size]);
  return { rows: row?.rows ?? 0, watermark: null };
}

export async function pruneHistory(tx: Transaction, size: number): Promise<Batch> {
  const [row] = await tx.query<{ rows: number }>('select tomo.prune_history($1)::int as rows', [size]);
  return { rows: row?.rows ?? 0, watermark: null };
}

/** Weeks without a partition, as text: this one, the coming ones, and those that wait in the default partition. */
export async function missingActivityWeeks(tx: Transaction, ahead: number): Promise<string[]> {
  const rows = await tx.query<{ week: string }>('select week::text from tomo.missing_activity_weeks($1) week', [ahead]);
  return rows.map((row) => row.week);
}

export async function createActivityPartition(tx: Transaction, week: string): Promise<void> {
  await tx.query('select tomo.create_activity_partition($1::timestamptz)', [week]);
}

export async function oldActivityPartitions(tx: Transaction): Promise<string[]> {
  const rows = await tx.query<{ name: string }>('select name from tomo.old_activity_partitions() name');
  return rows.map((row) => row.name);
}

export async function dropActivityPartition(tx: Transaction, name: string): Promise<void> {
  await tx.query('select tomo.drop_activity_partition($1)', [name]);
}

/** What a cleanup would do now, by the conditions of the functions above. */
export interface CleanupForecast {
  expired: number;
  deleted: number;
  revoked: number;
}

/** Read-only; looks at every session, so it may take a while on a large table. `retention` in days; null: the setting. */
export async function forecastCleanup(
  tx: Transaction,
  retention: number | null,
  assumed: SettingValues | null = null,
): Promise<CleanupForecast> {
  const params: unknown[] = [retention];
  const [row] = await tx.query<CleanupForecast>(
    `${settingsUnder(assumed, params)}
     select count(*) filter (where killed_at is not null and not timed_out_before)::int as revoked,
            count(*) filter (where over and not skipped and (killed_at is null or timed_out_before))::int as expired,
            count(*) filter (where skipped or coalesce(ended_at, least(killed_at, runs_out)) < cut)::int as deleted
       from (
         select s.ended_at, k.at as killed_at, t.cut, tomo.expires_at(s, t.settings) as runs_out,
                s.ended_at is null and tomo.timed_out(s, t.settings, now()) as over,
                k.at is not null and tomo.timed_out(s, t.settings, k.at) as timed_out_before,
                s.ended_at is null and k.at is null
                  and s.last_activity_at <= tomo.idle_cut(t.settings, s.remember_me, now()) - t.keep as skipped
           from tomo.sessions s
          cross join (select settings, keep, now() - keep as cut from assumed, lateral (
            select make_interval(days => greatest(coalesce($1::int, (settings).retention_sessions), 1)) as keep) r) t
           left join lateral (
             select min(r.at) as at from tomo.revocations r
              where s.ended_at is null and r.marked_at is null and r.restored_at is null
                and (r.scope = 'all' and s.epoch < r.epoch
                  or r.scope = 'user' and r.user_id = s.user_id and s.user_epoch < r.epoch
                  or exists (select from tomo.revocation_targets g where g.revocation_id = r.id and g.session_id = s.id))) k on true) x`,
    params,
  );
  return row ?? { expired: 0, deleted: 0, revoked: 0 };
}

/** What a cleanup would delete of activity: rows in all, and how many weeks go as a whole. */
export interface ActivityForecast {
  rows: number;
  weeks: number;
}

/** By the conditions of tomo.old_activity_partitions() and tomo.delete_old_default_activity(). */
export async function forecastActivity(
  tx: Transaction,
  assumed: SettingValues | null = null,
): Promise<ActivityForecast> {
  const params: unknown[] = [];
  const [row] = await tx.query<ActivityForecast>(
    `${settingsUnder(assumed, params)},
     retention as materialized (select (settings).retention_activity_logs as days from assumed),
     old as materialized (
       select c.oid from pg_inherits i join pg_class c on c.oid = i.inhrelid cross join retention r
        where i.inhparent = 'tomo.session_activity'::regclass and c.relname ~ '^session_activity_[0-9]{8}$'
          and to_date(right(c.relname, 8), 'YYYYMMDD') + 7 <= (now() at time zone 'UTC')::date - r.days)
     select (select count(*) from old)::int as weeks,
            ((select count(*) from tomo.session_activity a
               where a.tableoid in (select oid from old) and a.at < now() - make_interval(days => (select days from retention)))
             + (select count(*) from tomo.session_activity_default a where a.at < now() - make_interval(days => (select days from retention))))::int as rows`,
    params,
  );
  return row ?? { rows: 0, weeks: 0 };
}

/** What a cleanup would delete of the history that others may ask for; devices, places and user agents without use are not counted. */
export interface HistoryForecast {
  audit: number;
  revocations: number;
  alerts: number;
}

/** By the conditions of tomo.prune_history(). */
export async function forecastHistory(tx: Transaction, assumed: SettingValues | null = null): Promise<HistoryForecast> {
  const params: unknown[] = [];
  const [row] = await tx.query<HistoryForecast>(
    `${settingsUnder(assumed, params)},
     t as materialized (select now() - make_interval(days => (settings).retention_audit_logs) as cut from assumed)
     select (select count(*) from tomo.audit_log
              where id < coalesce((select min(l.id) from tomo.audit_log l where l.at >= t.cut), 9223372036854775807))::int as audit,
            (select count(*) from tomo.revocations r
              where r.at < t.cut and (r.scope = 'sessions' or r.restored_at is not null or exists (
                select from tomo.revocations n
                 where n.id > r.id and n.restored_at is null and n.scope = r.scope and n.user_id is not distinct from r.user_id)))::int as revocations,
            (select count(*) from tomo.alerts a where a.created_at < t.cut)::int as alerts
       from t`,
    params,
  );
  return row ?? { audit: 0, revocations: 0, alerts: 0 };
}

/** Records the run. `detail` null: nothing was changed, so no audit row. Returns the audit's head digest (hex). */
export async function recordCleanup(tx: Transaction, actor: Actor, detail: unknown): Promise<string> {
  const [row] = await tx.query<{ head: string }>('select tomo.record_cleanup($1::jsonb, $2::jsonb) as head', [
    JSON.stringify(actor),
    detail === null ? null : JSON.stringify(detail),
  ]);
  return row?.head ?? '';
}

/** Makes room for reuse and refreshes the planner's statistics. A role that does not own the table only gets a warning. */
export async function vacuumSessions(db: Database): Promise<void> {
  // it is a courtesy: a lock, a time limit of the role or a missing right must not turn done work into a failure
  await db.query('vacuum (analyze, skip_locked) tomo.sessions').catch(() => {});
}
