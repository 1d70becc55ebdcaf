import * as sql from '../../db/cleanup/cleanup.ts';
import { countSessionsToClean, type SessionsToClean } from '../../db/cleanup/forecast.ts';
import { withLease } from '../../db/lease/lease.ts';
import { type Database, type Housekeeping, read, readAtOnce, type Transaction, write } from '../../db/port/database.ts';
import { isTimeout } from '../../db/port/sqlstate.ts';
import { TomoError } from '../../model/errors.ts';
import type { Actor } from '../../model/session.ts';
import { readAudit } from '../audit/trail.ts';
import { Budget, type Pace } from '../batch/budget.ts';
import { CLEANUP_OVERDUE } from './schedule.ts';

export interface CleanupOptions extends Pace {
  actor: Actor;
  /** Days that ended sessions are kept; null: the setting. */
  retention: number | null;
  /** Rows written or deleted in one transaction. */
  batchSize: number;
}

/** What a cleanup does, one after the other; none of them waits for the success of another. */
export type CleanupStep = 'sessions' | 'activity' | 'partitions' | 'history';

export interface CleanupReport {
  /** Another cleanup was running, so this one did nothing. */
  alreadyRunning: boolean;
  /** It was so although no cleanup has come to its end for too long. */
  overdue: boolean;
  /** Steps that failed; the others were done. */
  failed: { step: CleanupStep; message: string }[];
  /** Sessions that are dead for good, whose end was written. */
  sessionsEnded: number;
  sessionsDeleted: number;
  activityDeleted: number;
  partitionsCreated: string[];
  partitionsDropped: string[];
  /** Partitions that were in use; the next run takes them. */
  partitionsPostponed: string[];
  /** Rows of audit, revocations, alerts, devices, places and user agents past their retention. */
  historyDeleted: number;
  workRemains: boolean;
  interrupted: boolean;
  /** Digest of the audit's newest row; empty where there is none. */
  auditHead: string;
  /** Milliseconds. */
  duration: number;
}

const WEEKS_AHEAD = 4;

/** What each step works with. */
interface Run {
  db: Database;
  options: CleanupOptions;
  report: CleanupReport;
  budget: Budget;
}

/**
 * Keeps the tables small: writes the end of what is dead for good, deletes what has been dead for longer than the
 * retention, keeps activity partitions ahead and drops old ones. Small transactions that never block a login or a
 * touch; live sessions are never touched. One at a time: a second one returns `alreadyRunning`. A step that fails is
 * in the report and stops no other.
 */
export async function cleanUp(db: Database, options: CleanupOptions): Promise<CleanupReport> {
  const started = Date.now();
  const report = await (db.sessions.housekeeping
    ? cleanUpAdopted(db, db.sessions.housekeeping, options)
    : cleanUpTomo(db, options));
  return { ...report, duration: Date.now() - started };
}

function emptyReport(): CleanupReport {
  return {
    alreadyRunning: false,
    overdue: false,
    failed: [],
    sessionsEnded: 0,
    sessionsDeleted: 0,
    activityDeleted: 0,
    partitionsCreated: [],
    partitionsDropped: [],
    partitionsPostponed: [],
    historyDeleted: 0,
    workRemains: false,
    interrupted: false,
    auditHead: '',
    duration: 0,
  };
}

/**
 * Of the tables of another server only its sessions are ours to delete. Two of these do not get into each other's way.
 */
async function cleanUpAdopted(
  db: Database,
  housekeeping: Housekeeping,
  { retention, batchSize, actor, ...pace }: CleanupOptions,
): Promise<CleanupReport> {
  const report = emptyReport();
  const budget = new Budget(pace);
  const cleaning = housekeeping.clean(db, { retention, batchSize, actor, isOver: () => budget.isUsedUp() });
  for await (const { ended, deleted } of cleaning) {
    report.sessionsEnded += ended;
    report.sessionsDeleted += deleted;
    if (ended + deleted > 0) pace.onProgress?.(cleared(report), 'clearing away dead sessions');
  }
  // who may only delete there may not read it
  const head = await readAudit(db, ({ trail }) => trail.head()).catch(() => undefined);
  return {
    ...report,
    workRemains: budget.cut,
    interrupted: budget.interrupted,
    auditHead: head?.hash ?? '',
  };
}

async function cleanUpTomo(db: Database, options: CleanupOptions): Promise<CleanupReport> {
  const report = emptyReport();
  const done = await withLease(db, 'cleanup', async (lease) => {
    await cleanUpAlone({ db, options, report, budget: new Budget(options, () => lease.hold()) });
    return report;
  });
  if (done) return done;
  // one after the other may have taken the lease and come to no end
  const overdue = await read(db, (tx) => sql.isCleanupOverdue(tx, CLEANUP_OVERDUE));
  return { ...report, alreadyRunning: true, overdue, workRemains: overdue };
}

async function cleanUpAlone(run: Run): Promise<void> {
  const { db, options, report, budget } = run;
  const steps: Record<CleanupStep, () => Promise<void>> = {
    sessions: () => cleanSessions(run),
    activity: async () => {
      report.activityDeleted = await drain(run, 'deleting activity', sql.deleteOldDefaultActivity);
    },
    partitions: () => keepPartitions(run),
    history: async () => {
      report.historyDeleted = await drain(run, 'history', (tx, size) => sql.pruneHistory(tx, size, options.actor));
    },
  };
  const record = async () => {
    const detail = changedAnything(report) || report.failed.length > 0 ? auditDetail(report) : null;
    report.auditHead = await write(db, (tx) => sql.recordCleanup(tx, options.actor, detail), { atOnce: true });
  };
  for (const [step, work] of Object.entries(steps) as [CleanupStep, () => Promise<void>][]) {
    try {
      await work();
    } catch (error) {
      report.failed.push({ step, message: error instanceof Error ? error.message : String(error) });
      report.workRemains = true;
      if (!stopsAll(error)) continue;
      // what was done until then belongs in the audit all the same
      await record().catch(() => {});
      throw error;
    }
  }
  report.workRemains ||= budget.cut;
  report.interrupted = budget.interrupted;
  await record();
}

/** Whether what has failed would fail again in the next step. */
function stopsAll(error: unknown): boolean {
  return (
    error instanceof TomoError &&
    /^(DATABASE_UNREACHABLE|DATABASE_READ_ONLY|PERMISSION_|INTERRUPTED|SCHEMA_)/.test(error.code)
  );
}

async function cleanSessions(run: Run): Promise<void> {
  const { skipped } = await passOverSessions(run);
  const rows = cleared(run.report);
  if (rows === 0 || run.budget.isUsedUp()) return;
  run.options.onProgress?.(rows, 'vacuuming');
  await sql.vacuumSessions(run.db);
  // one last pass: what was locked lies behind the watermark, and is cheap to find after the vacuum
  if (skipped) await passOverSessions(run);
}

function cleared({ sessionsEnded, sessionsDeleted }: CleanupReport): number {
  return sessionsEnded + sessionsDeleted;
}

/** Batch after batch, each where the one before has stopped. Skipped: somebody else held rows. */
async function passOverSessions({ db, options, report, budget }: Run): Promise<{ skipped: boolean }> {
  const { retention, batchSize: size } = options;
  let from: string | null = null;
  let skipped = false;
  do {
    if (await budget.isSpent()) break;
    const place: string | null = from;
    const batch: sql.CleanedBatch = await write(db, (tx) => sql.cleanSessions(tx, place, retention, size), {
      atOnce: true,
    });
    report.sessionsEnded += batch.ended;
    report.sessionsDeleted += batch.deleted;
    if (batch.ended + batch.deleted > 0) options.onProgress?.(cleared(report), 'clearing away dead sessions');
    skipped ||= batch.skipped;
    from = batch.next;
  } while (from !== null);
  return { skipped };
}

async function keepPartitions({ db, report, budget }: Run): Promise<void> {
  if (budget.isUsedUp()) return;
  // whoever holds one most likely holds them all
  const attempts = () => (report.partitionsPostponed.length > 0 ? 1 : 5);
  const [missing, old] = await readAtOnce(db, (tx) =>
    Promise.all([sql.missingActivityWeeks(tx, WEEKS_AHEAD), sql.oldActivityPartitions(tx)]),
  );
  for (const week of missing) {
    const made = await withoutWaiting(db, attempts(), (tx) => sql.createActivityPartition(tx, week));
    (made ? report.partitionsCreated : report.partitionsPostponed).push(week.slice(0, 10));
  }
  for (const name of old) {
    const dropped = await withoutWaiting(db, attempts(), (tx) => sql.dropActivityPartition(tx, name));
    (dropped ? report.partitionsDropped : report.partitionsPostponed).push(name);
  }
}

/** Batch after batch until one is not full. */
async function drain(
  { db, options: { batchSize, onProgress }, budget }: Run,
  step: string,
  next: (tx: Transaction, size: number) => Promise<number>,
): Promise<number> {
  for (let total = 0; ; ) {
    if (await budget.isSpent()) return total;
    const rows = await write(db, (tx) => next(tx, batchSize), { atOnce: true });
    total += rows;
    if (rows > 0) onProgress?.(total, step);
    if (rows < batchSize) return total;
  }
}

/**
 * DDL that waits behind one long reader stops everybody who comes after it, so it waits 100 ms, tries again a few
 * times, and then leaves it to the next run. Returns whether it was done.
 */
async function withoutWaiting(
  db: Database,
  attempts: number,
  work: (tx: Transaction) => Promise<void>,
): Promise<boolean> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    try {
      await write(db, work, { lockTimeout: 100, atOnce: true });
      return true;
    } catch (error) {
      if (!isTimeout(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
    }
  }
  return false;
}

/** Whether there is anything to tell. */
export function changedAnything(report: CleanupReport): boolean {
  const rows = cleared(report) + report.activityDeleted + report.historyDeleted;
  return rows + report.partitionsCreated.length + report.partitionsDropped.length > 0;
}

function auditDetail(report: CleanupReport): unknown {
  const {
    alreadyRunning: _,
    overdue: __,
    auditHead: ___,
    duration: ____,
    interrupted: _____,
    failed,
    ...detail
  } = report;
  return { ...detail, ...(failed.length > 0 ? { failed: failed.map(({ step }) => step) } : {}) };
}

/** What a cleanup would do with the sessions now; changes nothing. */
export function forecastCleanup(db: Database, retention: number | null): Promise<SessionsToClean> {
  const { housekeeping } = db.sessions;
  const count = (tx: Transaction) =>
    housekeeping ? housekeeping.count(tx, retention) : countSessionsToClean(tx, retention);
  return read(db, count, { statementTimeout: 0, parallel: true });
}
