import type { Actor } from '../../model/session.ts';
import type { Database, Transaction } from '../port/database.ts';

/** How open sessions that are dead for good are found; see tomo.end_sessions(). */
export const SOURCES = ['old', 'activity', 'login', 'user', 'chosen'] as const;

/** One batch: what became of it, and where the next one starts; null: there is none. */
export interface EndedBatch {
  ended: number;
  deleted: number;
  next: string | null;
}

/** Writes the ends of sessions, or deletes what is past the retention; in days, null: the setting. `from`: null at first. */
export async function endSessions(
  tx: Transaction,
  source: (typeof SOURCES)[number],
  from: string | null,
  retention: number | null,
  size: number,
): Promise<EndedBatch> {
  const [row] = await tx.query<EndedBatch>(
    'select ended::int, deleted::int, next::text from tomo.end_sessions($1, $2::jsonb, $3, $4)',
    [source, from, retention, size],
  );
  return row ?? { ended: 0, deleted: 0, next: null };
}

/** Deletes sessions whose written end is past the retention. */
export async function deleteEnded(
  tx: Transaction,
  from: string | null,
  retention: number | null,
  size: number,
): Promise<EndedBatch> {
  const [row] = await tx.query<EndedBatch>(
    'select 0 as ended, deleted::int, next::text from tomo.delete_ended($1::timestamptz, $2, $3)',
    [from ?? '-infinity', retention, size],
  );
  return row ?? { ended: 0, deleted: 0, next: null };
}

export async function deleteOldDefaultActivity(tx: Transaction, size: number): Promise<number> {
  const [row] = await tx.query<{ rows: number }>('select tomo.delete_old_default_activity($1)::int as rows', [size]);
  return row?.rows ?? 0;
}

export async function pruneHistory(tx: Transaction, size: number): Promise<number> {
  const [row] = await tx.query<{ rows: number }>('select tomo.prune_history($1)::int as rows', [size]);
  return row?.rows ?? 0;
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
  const rows = await tx.query<{ name: string }>(
    'select tomo.old_activity_partitions(retention_activity_logs) as name from tomo.settings',
  );
  return rows.map((row) => row.name);
}

export async function dropActivityPartition(tx: Transaction, name: string): Promise<void> {
  await tx.query('select tomo.drop_activity_partition($1)', [name]);
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
