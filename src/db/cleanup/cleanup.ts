import type { Actor } from '../../model/session.ts';
import type { Database, Transaction } from '../port/database.ts';
import { execute, selectRow, selectValue, selectValues } from '../port/sql.ts';

/** How open sessions that are dead for good are found; see tomo.end_sessions(). */
export const SOURCES = ['old', 'activity', 'login', 'user', 'chosen'] as const;

/** One batch: what became of it, and where the next one starts; null: there is none. */
export interface EndedBatch {
  ended: number;
  deleted: number;
  next: string | null;
}

/** Writes the ends of sessions, or deletes what is past the retention; in days, null: the setting. `from`: null at first. */
export function endSessions(
  tx: Transaction,
  source: (typeof SOURCES)[number],
  from: string | null,
  retention: number | null,
  size: number,
): Promise<EndedBatch> {
  return selectRow<EndedBatch>(tx)`select ended::int, deleted::int, next::text
      from tomo.end_sessions(${source}, ${from}::jsonb, ${retention}, ${size})`;
}

/** Deletes sessions whose written end is past the retention. */
export function deleteEnded(tx: Transaction, from: string | null, retention: number | null, size: number) {
  return selectRow<EndedBatch>(tx)`select 0 as ended, deleted::int, next::text
      from tomo.delete_ended(${from ?? '-infinity'}::timestamptz, ${retention}, ${size})`;
}

export async function deleteOldDefaultActivity(tx: Transaction, size: number): Promise<number> {
  return selectValue<number>(tx)`select tomo.delete_old_default_activity(${size})::int`;
}

export async function pruneHistory(tx: Transaction, size: number, actor: Actor): Promise<number> {
  return selectValue<number>(tx)`select tomo.prune_history(${size}, ${JSON.stringify(actor)}::jsonb)::int`;
}

/** Weeks without a partition, as text: this one, the coming ones, and those that wait in the default partition. */
export async function missingActivityWeeks(tx: Transaction, ahead: number): Promise<string[]> {
  return selectValues<string>(tx)`
    select week::text from tomo.missing_activity_weeks(${ahead}) week`;
}

export async function createActivityPartition(tx: Transaction, week: string): Promise<void> {
  await execute(tx)`select tomo.create_activity_partition(${week}::timestamptz)`;
}

export async function oldActivityPartitions(tx: Transaction): Promise<string[]> {
  return selectValues<string>(tx)`
    select tomo.old_activity_partitions(retention_activity_logs) as name from tomo.settings`;
}

export async function dropActivityPartition(tx: Transaction, name: string): Promise<void> {
  await execute(tx)`select tomo.drop_activity_partition(${name})`;
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
        ${detail === null ? null : JSON.stringify(detail)}::jsonb)`;
  return head ?? '';
}

/** Makes room for reuse and refreshes the planner's statistics. A role that does not own the table only gets a warning. */
export async function vacuumSessions(db: Database): Promise<void> {
  // it is a courtesy: a lock, a time limit of the role or a missing right must not turn done work into a failure
  await execute(db)`vacuum (analyze, skip_locked) tomo.sessions`.catch(() => {});
}
