import { type Database, write } from '../db/database.ts';
import { MARK_BATCH, restoreRevocation, unmarkBatch } from '../db/revocations.ts';
import type { Watched } from './session-marking.ts';
import type { Actor } from './types.ts';

export interface RestoreReport {
  revocation: number;
  /** Rows that carried the end of this revocation and no longer do. */
  unmarked: number;
  /** How many of those are live again; the others have expired meanwhile, or something else has ended them. */
  live: number;
  interrupted: boolean;
}

/**
 * Undoes a revocation within 24 hours. Who is live again is so when the first transaction commits; rows that had been
 * marked follow in batches. Throws NOT_FOUND, or NOT_RESTORABLE when it is too old, undone already or --compromised.
 */
export async function restoreSessions(db: Database, revocation: number, actor: Actor, { signal, onProgress }: Watched = {}): Promise<RestoreReport> {
  await write(db, (tx) => restoreRevocation(tx, revocation, actor));
  const report: RestoreReport = { revocation, unmarked: 0, live: 0, interrupted: false };
  for (;;) {
    if (signal?.aborted) return { ...report, interrupted: true };
    const batch = await write(db, (tx) => unmarkBatch(tx, revocation));
    report.unmarked += batch.rows;
    report.live += batch.live;
    onProgress?.(report.unmarked);
    if (batch.rows < MARK_BATCH) return report;
  }
}
