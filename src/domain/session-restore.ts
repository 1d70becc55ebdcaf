import { type Database, read, write } from '../db/database.ts';
import { countLiveBefore, MARK_BATCH, restoreRevocation, selectScope, unmarkBatch } from '../db/revocations.ts';
import type { Watched } from './session-marking.ts';
import type { Actor } from './types.ts';

export interface RestoreReport {
  revocation: number;
  /** Rows that carried the end of this revocation and no longer do. */
  unmarked: number;
  /** How many sessions are live again. The others have expired meanwhile, or another revocation keeps them out. */
  live: number;
  /** Newer revocations that stand and concern the same sessions. */
  newer: number[];
  interrupted: boolean;
}

/**
 * Undoes a revocation within 24 hours. Who is live again is so when the first transaction commits; rows that had been
 * marked follow in batches. Throws NOT_FOUND, or NOT_RESTORABLE when it is too old, undone already or --compromised.
 */
export async function restoreSessions(db: Database, revocation: number, actor: Actor, { signal, onProgress }: Watched = {}): Promise<RestoreReport> {
  const counting = { statementTimeout: 60_000, parallel: true };
  const before = await read(
    db,
    async (tx) => {
      const scope = await selectScope(tx, revocation);
      return scope && { scope, live: await countLiveBefore(tx, scope) };
    },
    counting,
  );
  await write(db, (tx) => restoreRevocation(tx, revocation, actor));
  let unmarked = 0;
  let interrupted = false;
  for (let rows = MARK_BATCH; rows === MARK_BATCH && !interrupted; interrupted = signal?.aborted === true) {
    rows = await write(db, (tx) => unmarkBatch(tx, revocation));
    unmarked += rows;
    onProgress?.(unmarked);
  }
  const after = before ? await read(db, (tx) => countLiveBefore(tx, before.scope), counting) : 0;
  return { revocation, unmarked, live: Math.max(0, after - (before?.live ?? 0)), newer: before?.scope.newer ?? [], interrupted };
}
