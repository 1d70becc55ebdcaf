import type { Actor } from '../../model/session.ts';
import type { Database, Transaction } from '../port/database.ts';

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
