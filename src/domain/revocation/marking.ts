import { type Database, read, write } from '../../db/port/database.ts';
import { markBatch, selectProgress, selectUnmarked } from '../../db/revocation/revoke.ts';
import { TomoError } from '../../model/errors.ts';
import { Budget, type Pace } from '../batch/budget.ts';

export interface MarkingReport {
  /** Sessions that were live when they were revoked. */
  revoked: number;
  /** Rows that had expired before. */
  expired: number;
  /** Every revocation looked at is through. */
  done: boolean;
  /** Stopped by the signal. */
  interrupted: boolean;
}

/**
 * Marks the rows of unfinished revocations as ended, oldest first, up to and with `upTo` (null: all of them).
 * Each batch is a transaction of its own. Whether anybody is in does not depend on it, except for a revocation of
 * chosen sessions, which takes effect batch by batch.
 */
export async function markRevocations(
  db: Database,
  upTo: number | null,
  pace: Pace = {},
  budget = new Budget(pace),
): Promise<MarkingReport> {
  const total: MarkingReport = { revoked: 0, expired: 0, done: true, interrupted: false };
  for (const { id } of await read(db, (tx) => selectUnmarked(tx, upTo))) {
    let watermark: string | null = null;
    for (;;) {
      if (budget.isUsedUp()) return { ...total, done: false, interrupted: true };
      const batch = await write(db, (tx) => markBatch(tx, id, watermark));
      watermark = batch.watermark;
      total.revoked += batch.revoked;
      total.expired += batch.expired;
      pace.onProgress?.(total.revoked + total.expired);
      if (batch.done) break;
    }
    const progress = await read(db, (tx) => selectProgress(tx, id));
    total.done &&= progress.done;
  }
  return total;
}

/** Runs the marking after a revocation that is in force: if it fails, the error says that nobody is in all the same. */
export async function markAfterwards(db: Database, revocation: number, pace: Pace): Promise<MarkingReport> {
  try {
    return await markRevocations(db, revocation, pace);
  } catch (error) {
    if (!(error instanceof TomoError)) throw error;
    throw new TomoError(
      error.code,
      `Everybody concerned is out already (revocation ${revocation}), but marking the sessions as ended stopped: ${error.message}`,
      { reason: 'marking-stopped', cause: error },
    );
  }
}
