import { vacuumSessions } from '../../db/cleanup/cleanup.ts';
import { type Database, read, type Transaction, write } from '../../db/port/database.ts';
import { selectRevocation } from '../../db/revocation/list.ts';
import {
  type KeptOutBy,
  type RestoreOutcome,
  type StaysDead,
  selectOutcome,
  selectStaysDead,
} from '../../db/revocation/restore-outcome.ts';
import { MARK_BATCH, restoreRevocation, unmarkBatch } from '../../db/revocation/revoke.ts';
import { TomoError } from '../../model/errors.ts';
import type { Revocation } from '../../model/revocation.ts';
import type { Actor } from '../../model/session.ts';
import type { Pace } from '../batch/budget.ts';
import { checkRestorable } from './restorable.ts';

export type { KeptOutBy, StaysDead };

/** What restoring does to the sessions that a revocation ended. */
export interface RestoreForecast {
  /** How many are live again. */
  live: number;
  /** How many stay dead, for each reason; `deleted`: by a cleanup, or with their user. */
  dead: Record<Exclude<RestoreOutcome, 'live'> | 'deleted', number>;
  /** Newer revocations that keep some of them out, most sessions first. */
  newer: KeptOutBy[];
  /** Those that stay dead and are still there, the newest login first. */
  sessions: StaysDead[];
  /** False: there are more than SESSIONS_TOLD. */
  sessionsComplete: boolean;
  /** Rows that carry the end of the revocation. */
  marked: number;
}

export interface RestoreReport extends RestoreForecast {
  revocation: number;
  dryRun: boolean;
  /** Rows that carried the end of this revocation and no longer do. */
  unmarked: number;
  /** It had been interrupted before; sessions that were back then are not counted again. */
  resumed: boolean;
  interrupted: boolean;
}

/** A report names so many sessions that stay dead; above that the numbers have to do. */
const SESSIONS_TOLD = 1000;

/**
 * Undoes a revocation within 24 hours. Who was not marked is live again when the first transaction commits; rows that had
 * been marked follow in batches. Throws NOT_FOUND, or NOT_RESTORABLE when it is too old, undone already, --compromised
 * or of a user who is not active; then nothing has changed.
 */
export async function restoreSessions(
  db: Database,
  id: number,
  actor: Actor,
  { dryRun = false, signal, onTotal, onProgress }: { dryRun?: boolean } & Pace = {},
): Promise<RestoreReport> {
  const revocation = await read(db, (tx) => requireRevocation(tx, id));
  checkRestorable(revocation);
  if (!dryRun) await write(db, (tx) => restoreRevocation(tx, id, actor));
  const forecast = await read(db, (tx) => forecastRestore(tx, revocation), { statementTimeout: 0, parallel: true });
  onTotal?.(forecast.marked);
  let unmarked = 0;
  let rows = dryRun ? 0 : MARK_BATCH;
  while (rows === MARK_BATCH && !signal?.aborted) {
    rows = await write(db, (tx) => unmarkBatch(tx, id));
    unmarked += rows;
    onProgress?.(unmarked);
  }
  const interrupted = rows === MARK_BATCH;
  // as after the marking: or every list would walk over what is dead now
  if (unmarked >= MARK_BATCH && !interrupted) await vacuumSessions(db);
  return { revocation: id, dryRun, ...forecast, unmarked, resumed: revocation.restoredAt !== null, interrupted };
}

/** What becomes of its sessions if it is restored, or, before rows are un-marked, once it is. */
export async function forecastRestore(tx: Transaction, revocation: Revocation): Promise<RestoreForecast> {
  const { verdicts, marked, deleted, newer } = await selectOutcome(tx, revocation);
  const { live = 0, idle = 0, lifetime = 0, 'user-inactive': inactive = 0, revoked = 0 } = verdicts;
  const present = idle + lifetime + inactive + revoked;
  const sessions = present > 0 ? await selectStaysDead(tx, revocation, SESSIONS_TOLD) : [];
  return {
    live,
    // what is un-marked already is not deleted
    dead: { idle, lifetime, 'user-inactive': inactive, revoked, deleted: revocation.restoredAt === null ? deleted : 0 },
    newer,
    sessions,
    sessionsComplete: sessions.length === present,
    marked,
  };
}

/** Throws NOT_FOUND. */
export async function requireRevocation(tx: Transaction, id: number): Promise<Revocation> {
  const revocation = await selectRevocation(tx, id);
  if (revocation) return revocation;
  throw new TomoError('NOT_FOUND', `There is no revocation ${id}.`, {
    reason: 'no-such-revocation',
  });
}
