import type { Transaction } from '../port/database.ts';
import { selectRow, selectRows, selectValue, sql } from '../port/sql.ts';

/** Counting stops behind this. */
export const COUNT_TO = 10_000;

/**
 * Sessions that ran out so many hours ago and whose end no cleanup has written, counted to COUNT_TO + 1; and the size
 * of the table by its statistics.
 */
export function selectExpiredLeft(tx: Transaction, hours: number) {
  return selectRow<{ left: number; all: number }>(tx)`
    select least(count(*), ${COUNT_TO + 1})::int as left, greatest((select reltuples from pg_class
        where oid = 'tomo.sessions'::regclass), 0)::float8 as all
       from ${sql.either(
         sql`tomo.cuts(now()) c cross join tomo.live_epochs() e cross join (values (false), (true)) k(remember)
      cross join lateral (
        select case when k.remember then c.remember_cut else c.idle_cut end
               - make_interval(hours => ${hours}::int) as cut) x
      cross join lateral (
        select from tomo.sessions s
         where s.ended_at is null and s.epoch = e and s.remember_me = k.remember
           and s.activity_bucket <= x.cut and s.last_activity_at <= x.cut
         limit ${COUNT_TO + 1}) s`,
         // each server looks for itself
         sql`(select from tomo.sessions s cross join tomo.cuts(now()) c
               where s.ended_at is null and s.epoch >= c.min_epoch
                 and s.last_activity_at <= case when s.remember_me then c.remember_cut else c.idle_cut end
                     - make_interval(hours => ${hours}::int)
               limit ${COUNT_TO + 1}) s`,
       )}`;
}

export interface CleanupFacts {
  /** Seconds ago; null: never. */
  last: number | null;
  /** Steps that failed in the latest one. */
  failed: string[];
  /** Seconds ago; null: there is no session. */
  firstLogin: number | null;
}

export function selectCleanup(tx: Transaction): Promise<CleanupFacts> {
  return selectRow<CleanupFacts>(tx)`
    select extract(epoch from clock_timestamp() - last_cleanup_at)::int as last, coalesce(cleanup_failed, '{}') as failed,
            (select extract(epoch from clock_timestamp() - min(created_at))::int from tomo.sessions) as "firstLogin"
                from tomo.settings`;
}

export interface Partitions {
  /** There is activity, or a cleanup has run: then there should be partitions. */
  expected: boolean;
  /** Of this week and the next one, those that are not there: Mondays. */
  missing: string[];
  /** Rows in the default partition, counted to COUNT_TO + 1. */
  waiting: number;
}

export async function selectPartitions(tx: Transaction): Promise<Partitions> {
  return selectValue<Partitions>(tx)`select json_build_object(
       'expected', (select last_cleanup_at is not null from tomo.settings) or exists (select
           from tomo.session_activity),
       'missing', (select coalesce(json_agg(week order by week), '[]') from (
          select to_char(date_trunc('week', now() at time zone 'UTC') + make_interval(weeks => i), 'YYYY-MM-DD')
              as week from generate_series(0, 1) i) w
          where to_regclass('tomo.session_activity_' || replace(week, '-', '')) is null),
       'waiting', (select count(*)::int from (select from tomo.session_activity_default limit ${COUNT_TO + 1}) d))
           as json`;
}

export interface IndexFacts {
  name: string;
  table: string;
  valid: boolean;
  /** Enforces something, or is a primary key. */
  unique: boolean;
  /** Bytes. */
  size: number;
  scans: number;
  definition: string;
}

/**
 * Every index of the schema except those of partitions; `watched`: days since its uses are counted, 0 on a standby,
 * which knows only its own.
 */
export async function selectIndexes(tx: Transaction): Promise<{ indexes: IndexFacts[]; watched: number }> {
  const indexes = await selectRows<IndexFacts>(tx)`
    select c.relname::text as name, t.relname::text as table, i.indisvalid and i.indisready as valid,
        i.indisunique as unique,
            pg_relation_size(c.oid)::float8 as size, coalesce(pg_stat_get_numscans(c.oid), 0)::float8 as scans,
                pg_get_indexdef(c.oid) as definition
       from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
      where c.relnamespace = 'tomo'::regnamespace and not t.relispartition order by 1`;
  const days = await selectValue<number | null>(tx)`
    select case when not pg_is_in_recovery() then (extract(epoch from now() - stats_reset) / 86400)::int end as days
       from pg_stat_database where datname = current_database()`;
  return { indexes, watched: days ?? 0 };
}

export interface TableFacts {
  live: number;
  dead: number;
  updates: number;
  hot: number;
  autovacuumOff: boolean;
  /** A standby, which does not have these figures. */
  standby: boolean;
}

/** What the statistics say of tomo.sessions. */
export function selectTable(tx: Transaction): Promise<TableFacts> {
  return selectRow<TableFacts>(tx)`
    select n_live_tup::float8 as live, n_dead_tup::float8 as dead, n_tup_upd::float8 as updates,
        n_tup_hot_upd::float8 as hot,
            coalesce('autovacuum_enabled=false' = any(c.reloptions) or 'autovacuum_enabled=off' = any(c.reloptions),
                false) as "autovacuumOff", pg_is_in_recovery() as standby
       from pg_class c left join pg_stat_all_tables s on s.relid = c.oid where c.oid = 'tomo.sessions'::regclass`;
}

/** Alerts that are not delivered; ages in seconds, counted to COUNT_TO + 1. */
export interface AlertFacts {
  dead: number;
  pending: number;
  /** How long the oldest has been due; 0: none. */
  overdue: number;
  withoutMail: number;
}

export function selectAlertFacts(tx: Transaction): Promise<AlertFacts> {
  return selectRow<AlertFacts>(tx)`
    select (select count(*)::int from (select from tomo.alerts where delivery = 'dead' and acknowledged_at is null
        limit ${COUNT_TO + 1}) d) as dead,
            (select count(*)::int from (select from tomo.alerts where delivery = 'pending' limit ${COUNT_TO + 1}) d)
                as pending,
            (select coalesce(greatest(max(extract(epoch from now() - next_attempt_at)), 0), 0)::int from (
               select next_attempt_at from tomo.alerts where delivery = 'pending' order by next_attempt_at limit 1) o)
                   as overdue,
            (select count(*)::int from (select from tomo.users where is_active and email is null
                limit ${COUNT_TO + 1}) u) as "withoutMail"`;
}

/**
 * Logins older than an hour whose place nobody has looked up, counted to COUNT_TO + 1, and whether any of the
 * latest has a place.
 */
export function selectPlaces(tx: Transaction) {
  return selectRow<{ pending: number; placed: boolean }>(tx)`
    select (select count(*)::int from (select from tomo.sessions where location_check is null
        and created_at < now() - interval '1 hour' limit ${COUNT_TO + 1}) p) as pending,
            exists (select from (select country from tomo.sessions order by created_at desc limit 500) s
                where s.country is not null) as placed`;
}
