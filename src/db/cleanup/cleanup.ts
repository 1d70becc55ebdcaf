import type { Actor } from '../../model/session.ts';
import { BEGUN } from '../port/begin.ts';
import type { Database, Transaction } from '../port/database.ts';
import { execute, selectRow, selectValue, selectValues } from '../port/sql.ts';

/** One batch: what became of it, and where the next one starts; null: there is none. */
export interface CleanedBatch {
  ended: number;
  deleted: number;
  /** Somebody else held rows. */
  skipped: boolean;
  next: string | null;
}

/**
 * The end of sessions is written, or they are deleted past the retention; in days, null: the setting.
 * `from`: null at first.
 */
export function cleanSessions(tx: Transaction, from: string | null, retention: number | null, size: number) {
  return selectRow<CleanedBatch>(tx)`select ended::int, deleted::int, skipped, next::text
      from tomo.clean_sessions(${from}::jsonb, ${retention}::int, ${size}::int) where ${BEGUN}`;
}

/** Like the other ones of a cleanup, for a transaction that is one burst. Returns how many rows went. */
export async function deleteOldDefaultActivity(tx: Transaction, size: number): Promise<number> {
  return selectValue<number>(tx)`select tomo.delete_old_default_activity(${size})::int where ${BEGUN}`;
}

export async function pruneHistory(tx: Transaction, size: number, actor: Actor): Promise<number> {
  return selectValue<number>(tx)`
    select tomo.prune_history(${size}, ${JSON.stringify(actor)}::jsonb)::int where ${BEGUN}`;
}

/** Weeks without a partition, as text: this one, the coming ones, and those that wait in the default partition. */
export async function missingActivityWeeks(tx: Transaction, ahead: number): Promise<string[]> {
  return selectValues<string>(tx)`
    select week::text from tomo.missing_activity_weeks(${ahead}) week`;
}

export async function createActivityPartition(tx: Transaction, week: string): Promise<void> {
  await execute(tx)`select tomo.create_activity_partition(${week}::timestamptz) where ${BEGUN}`;
}

export async function oldActivityPartitions(tx: Transaction): Promise<string[]> {
  return selectValues<string>(tx)`
    select tomo.old_activity_partitions(retention_activity_logs) as name from tomo.settings`;
}

export async function dropActivityPartition(tx: Transaction, name: string): Promise<void> {
  await execute(tx)`select tomo.drop_activity_partition(${name}) where ${BEGUN}`;
}

/** Whether no cleanup has come to its end in so many hours, or since there has been a schema. */
export async function isCleanupOverdue(tx: Transaction, hours: number): Promise<boolean> {
  return selectValue<boolean>(tx)`
    select coalesce(last_cleanup_at, (select min(m.applied_at) from tomo.schema_migrations m))
           < clock_timestamp() - make_interval(hours => ${hours}::int) from tomo.settings`;
}

/** Records the run. `detail` null: nothing was changed, so no audit row. Returns the audit's head digest (hex). */
export async function recordCleanup(tx: Transaction, actor: Actor, detail: unknown): Promise<string> {
  const head = await selectValue<string | null>(tx)`select tomo.record_cleanup(${JSON.stringify(actor)}::jsonb,
        ${detail === null ? null : JSON.stringify(detail)}::jsonb) where ${BEGUN}`;
  return head ?? '';
}

/**
 * Makes room for reuse and refreshes the planner's statistics. A role that does not own the table only gets a warning.
 */
export async function vacuumSessions(db: Database): Promise<void> {
  // it is a courtesy: a lock, a time limit of the role or a missing right must not turn done work into a failure
  await execute(db)`vacuum (analyze, skip_locked) tomo.sessions`.catch(() => {});
}
