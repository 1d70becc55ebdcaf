import type { Actor } from '../../model/session.ts';
import type { Database, Transaction } from '../port/database.ts';
import { execute, type Sql, selectRows, sql } from '../port/sql.ts';

/** One batch: how many rows, and where the next batch starts. */
export interface Batch {
  rows: number;
  watermark: string | null;
}

async function batch(tx: Transaction, call: Sql): Promise<Batch> {
  const [row] = await selectRows<Batch>(tx, sql`select rows::int, watermark::text from ${call}`);
  return row ?? { rows: 0, watermark: null };
}

export function markExpired(tx: Transaction, remember: boolean, watermark: string, size: number): Promise<Batch> {
  return batch(tx, sql`tomo.mark_expired(${remember}, ${watermark}::timestamptz, ${size})`);
}

export function markOutlived(tx: Transaction, watermark: string, size: number): Promise<Batch> {
  return batch(tx, sql`tomo.mark_outlived(${watermark}::timestamptz, ${size})`);
}

/** `retention` in days; null: the setting. */
export function deleteExpired(
  tx: Transaction,
  remember: boolean,
  watermark: string,
  retention: number | null,
  size: number,
): Promise<Batch> {
  return batch(tx, sql`tomo.delete_expired(${remember}, ${watermark}::timestamptz, ${retention}, ${size})`);
}

export function deleteEnded(
  tx: Transaction,
  watermark: string,
  retention: number | null,
  size: number,
): Promise<Batch> {
  return batch(tx, sql`tomo.delete_ended(${watermark}::timestamptz, ${retention}, ${size})`);
}

export async function deleteOldDefaultActivity(tx: Transaction, size: number): Promise<Batch> {
  const [row] = await selectRows<{ rows: number }>(
    tx,
    sql`select tomo.delete_old_default_activity(${size})::int as rows`,
  );
  return { rows: row?.rows ?? 0, watermark: null };
}

export async function pruneHistory(tx: Transaction, size: number): Promise<Batch> {
  const [row] = await selectRows<{ rows: number }>(tx, sql`select tomo.prune_history(${size})::int as rows`);
  return { rows: row?.rows ?? 0, watermark: null };
}

/** Weeks without a partition, as text: this one, the coming ones, and those that wait in the default partition. */
export async function missingActivityWeeks(tx: Transaction, ahead: number): Promise<string[]> {
  const rows = await selectRows<{ week: string }>(
    tx,
    sql`select week::text from tomo.missing_activity_weeks(${ahead}) week`,
  );
  return rows.map((row) => row.week);
}

export async function createActivityPartition(tx: Transaction, week: string): Promise<void> {
  await execute(tx, sql`select tomo.create_activity_partition(${week}::timestamptz)`);
}

export async function oldActivityPartitions(tx: Transaction): Promise<string[]> {
  const rows = await selectRows<{ name: string }>(
    tx,
    sql`select tomo.old_activity_partitions(retention_activity_logs) as name from tomo.settings`,
  );
  return rows.map((row) => row.name);
}

export async function dropActivityPartition(tx: Transaction, name: string): Promise<void> {
  await execute(tx, sql`select tomo.drop_activity_partition(${name})`);
}

/** Records the run. `detail` null: nothing was changed, so no audit row. Returns the audit's head digest (hex). */
export async function recordCleanup(tx: Transaction, actor: Actor, detail: unknown): Promise<string> {
  const [row] = await selectRows<{ head: string }>(
    tx,
    sql`select tomo.record_cleanup(${JSON.stringify(actor)}::jsonb,
        ${detail === null ? null : JSON.stringify(detail)}::jsonb) as head`,
  );
  return row?.head ?? '';
}

/** Makes room for reuse and refreshes the planner's statistics. A role that does not own the table only gets a warning. */
export async function vacuumSessions(db: Database): Promise<void> {
  // it is a courtesy: a lock, a time limit of the role or a missing right must not turn done work into a failure
  await execute(db, sql`vacuum (analyze, skip_locked) tomo.sessions`).catch(() => {});
}
