import * as sql from '../../db/cleanup/cleanup.ts';
import { countSessionsToClean, type SessionsToClean } from '../../db/cleanup/forecast.ts';
import { type Database, read, type Transaction, write } from '../../db/port/database.ts';
import { isTimeout } from '../../db/port/sqlstate.ts';
import type { Actor } from '../../model/session.ts';
import { Budget, type Pace } from '../batch/budget.ts';
import { markRevocations } from '../revocation/marking.ts';

export interface CleanupOptions extends Pace {
  actor: Actor;
  /** Days that ended sessions are kept; null: the setting. */
  retention: number | null;
  /** Rows deleted in one transaction; twice as many are marked. */
  batchSize: number;
}

export interface CleanupReport {
  /** Another cleanup was running, so this one did nothing. */
  alreadyRunning: boolean;
  /** Revocations that had been left unfinished: sessions marked. */
  revokedMarked: number;
  expiredMarked: number;
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
  /** Digest of the audit's newest row. */
  auditHead: string;
  /** Milliseconds. */
  duration: number;
}

const WEEKS_AHEAD = 4;
const FIRST = '-infinity';

/**
 * Keeps the tables small: finishes revocations, marks what has expired, deletes what has been dead for longer than
 * the retention, keeps activity partitions ahead and drops old ones. Small transactions that never block a login or
 * a touch; live sessions are never touched. One at a time: a second one returns `alreadyRunning`.
 */
export async function cleanUp(db: Database, options: CleanupOptions): Promise<CleanupReport> {
  const started = Date.now();
  const report = emptyReport();
  const done = await db.lock('tomo.cleanup', () => cleanUpAlone(db, options, started, report));
  return done ?? { ...report, alreadyRunning: true };
}

function emptyReport(): CleanupReport {
  return {
    alreadyRunning: false,
    revokedMarked: 0,
    expiredMarked: 0,
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

async function cleanUpAlone(
  db: Database,
  options: CleanupOptions,
  started: number,
  report: CleanupReport,
): Promise<CleanupReport> {
  const budget = new Budget(options);
  const record = async () => {
    const detail = changedAnything(report) ? auditDetail(report) : null;
    report.auditHead = await write(db, (tx) => sql.recordCleanup(tx, options.actor, detail));
  };
  try {
    await cleanSessions(db, options, report, budget);
    await cleanActivity(db, options, report, budget);
    report.historyDeleted = await drain(db, 'history', options, budget, options.batchSize, (tx) =>
      sql.pruneHistory(tx, options.batchSize),
    );
    report.workRemains = budget.cut;
    report.interrupted = budget.interrupted;
    await record();
  } catch (error) {
    // what was done until then belongs in the audit all the same
    report.workRemains = true;
    await record().catch(() => {});
    throw error;
  }
  return { ...report, duration: Date.now() - started };
}

async function cleanSessions(
  db: Database,
  options: CleanupOptions,
  report: CleanupReport,
  budget: Budget,
): Promise<void> {
  const { retention, batchSize } = options;
  const onProgress = (rows: number) => options.onProgress?.(rows, 'finishing revocations');
  const marking = await markRevocations(db, null, { onProgress }, budget);
  report.revokedMarked = marking.revoked + marking.expired;
  if (!marking.done && budget.isUsedUp()) return;

  const run = async () => {
    const before = report.expiredMarked + report.sessionsDeleted;
    const deleting = async (step: (tx: Transaction, from: string) => Promise<sql.Batch>) => {
      report.sessionsDeleted += await drain(db, 'deleting sessions', options, budget, batchSize, step);
    };
    const marking = async (step: (tx: Transaction, from: string) => Promise<sql.Batch>) => {
      report.expiredMarked += await drain(db, 'marking expired sessions', options, budget, batchSize * 2, step);
    };
    for (const remember of [false, true]) {
      await deleting((tx, from) => sql.deleteExpired(tx, remember, from, retention, batchSize));
      await marking((tx, from) => sql.markExpired(tx, remember, from, batchSize * 2));
    }
    await marking((tx, from) => sql.markOutlived(tx, from, batchSize * 2));
    await deleting((tx, from) => sql.deleteEnded(tx, from, retention, batchSize));
    return report.expiredMarked + report.sessionsDeleted - before;
  };
  const rows = await run();
  if (rows === 0 || budget.isUsedUp()) return;
  options.onProgress?.(rows, 'vacuuming');
  await sql.vacuumSessions(db);
  // one last pass: what was locked lies behind the watermark, and is cheap to find after the vacuum
  await run();
}

async function cleanActivity(
  db: Database,
  options: CleanupOptions,
  report: CleanupReport,
  budget: Budget,
): Promise<void> {
  report.activityDeleted = await drain(db, 'deleting activity', options, budget, options.batchSize, (tx) =>
    sql.deleteOldDefaultActivity(tx, options.batchSize),
  );
  if (budget.isUsedUp()) return;
  for (const week of await read(db, (tx) => sql.missingActivityWeeks(tx, WEEKS_AHEAD))) {
    const made = await withoutWaiting(db, (tx) => sql.createActivityPartition(tx, week));
    (made ? report.partitionsCreated : report.partitionsPostponed).push(week.slice(0, 10));
  }
  for (const name of await read(db, (tx) => sql.oldActivityPartitions(tx))) {
    const dropped = await withoutWaiting(db, (tx) => sql.dropActivityPartition(tx, name));
    (dropped ? report.partitionsDropped : report.partitionsPostponed).push(name);
  }
}

/** Batch after batch until one is not full. */
async function drain(
  db: Database,
  step: string,
  options: CleanupOptions,
  budget: Budget,
  size: number,
  next: (tx: Transaction, watermark: string) => Promise<sql.Batch>,
): Promise<number> {
  let watermark = FIRST;
  for (let total = 0; ; ) {
    if (budget.isUsedUp()) return total;
    const batch = await write(db, (tx) => next(tx, watermark));
    total += batch.rows;
    if (batch.rows > 0) options.onProgress?.(total, step);
    if (batch.rows < size) return total;
    watermark = batch.watermark ?? FIRST;
  }
}

/**
 * DDL that waits behind one long reader stops everybody who comes after it, so it waits 100 ms, tries again a few
 * times, and then leaves it to the next run. Returns whether it was done.
 */
async function withoutWaiting(db: Database, work: (tx: Transaction) => Promise<void>): Promise<boolean> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    try {
      await write(db, work, { lockTimeout: 100 });
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
  return (
    report.revokedMarked +
      report.expiredMarked +
      report.sessionsDeleted +
      report.activityDeleted +
      report.historyDeleted >
      0 || report.partitionsCreated.length + report.partitionsDropped.length > 0
  );
}

function auditDetail(report: CleanupReport): unknown {
  const { alreadyRunning: _, auditHead: __, duration: ___, interrupted: ____, ...detail } = report;
  return detail;
}

/** What a cleanup would do with the sessions now; changes nothing. */
export function forecastCleanup(db: Database, retention: number | null): Promise<SessionsToClean> {
  return read(db, (tx) => countSessionsToClean(tx, retention), { statementTimeout: 0, parallel: true });
}
