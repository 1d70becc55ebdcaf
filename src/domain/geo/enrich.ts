import * as sql from '../../db/geo/places.ts';
import { type Lease, withLease } from '../../db/lease/lease.ts';
import { type Database, read, type Transaction, write } from '../../db/port/database.ts';
import { hasGivenWay } from '../../db/port/sqlstate.ts';
import type { Actor } from '../../model/session.ts';
import { Budget, type Pace } from '../batch/budget.ts';
import type { GeoFiles } from './files.ts';

export interface EnrichOptions extends Pace {
  actor: Actor;
  geo: GeoFiles;
  /** Also the sessions that could not be placed before, for a new database. */
  again: boolean;
  /** Sessions in one transaction. */
  batchSize: number;
  /** Sessions in all; null: no limit. */
  limit: number | null;
}

export interface PlacesCount {
  /** Sessions looked at: those placed, unknown and skipped. */
  examined: number;
  placed: number;
  /** No database knows a place. */
  unknown: number;
  /** From private and trusted networks. */
  skipped: number;
}

export interface EnrichReport extends PlacesCount {
  /** Another run was going on, so this one did nothing. */
  alreadyRunning: boolean;
  /** Of those placed: unusual ones. */
  newCountry: number;
  impossibleTravel: number;
  /** Raised, or counted into an open one. */
  alerts: number;
  workRemains: boolean;
  interrupted: boolean;
  /** Milliseconds. */
  duration: number;
}

const COUNTS = ['placed', 'skipped', 'newCountry', 'impossibleTravel', 'alerts'] as const;

/**
 * Milliseconds. Less than the second after which PostgreSQL looks for deadlocks: where two wait for each
 * other, we give way.
 */
const PATIENCE = 500;
const ATTEMPTS = 6;

/**
 * Gives every session that has none its place, oldest login first, so that "never seen before" is true whatever
 * is behind it, and judges it as of its login. Small transactions beside which logins and requests go on; one run
 * at a time, a second one returns `alreadyRunning`. Throws DATABASE_BUSY when somebody keeps a row for seconds;
 * what is done stays.
 */
export async function enrichSessions(db: Database, options: EnrichOptions): Promise<EnrichReport> {
  const done = await withLease(db, 'geo', (lease) => enrichAlone(db, options, lease));
  return done ?? { ...NOTHING, alreadyRunning: true };
}

const NO_PLACES: PlacesCount = { examined: 0, placed: 0, unknown: 0, skipped: 0 };
const NOTHING: EnrichReport = {
  alreadyRunning: false,
  ...NO_PLACES,
  newCountry: 0,
  impossibleTravel: 0,
  alerts: 0,
  workRemains: false,
  interrupted: false,
  duration: 0,
};

async function enrichAlone(db: Database, options: EnrichOptions, lease: Lease): Promise<EnrichReport> {
  const started = Date.now();
  const report = { ...NOTHING };
  const budget = new Budget(options, () => lease.hold());
  let changed = 0;
  const pass = () =>
    inBatches(options, report, budget, async (after, size) => {
      const { sessions, placed } = await givingWay(() =>
        write(db, (tx) => placeNext(tx, options, after, size), { lockTimeout: PATIENCE }),
      );
      changed += placed.changed;
      report.unknown += sessions.length - placed.placed - placed.skipped;
      for (const key of COUNTS) report[key] += placed[key];
      return sessions;
    });
  const record = async () => {
    if (changed > 0) await write(db, (tx) => sql.recordPlaces(tx, options.actor, auditDetail(report, options)));
  };
  try {
    let last = await pass();
    // once more: what was locked lies behind
    if (!budget.cut && !options.again && report.examined > 0) last = await pass();
    report.interrupted = budget.interrupted;
    report.workRemains =
      budget.cut && (await write(db, (tx) => sql.lockUnlocated(tx, options.again, last, 1))).length > 0;
    await record();
  } catch (error) {
    // what was done until then belongs in the audit all the same
    report.workRemains = true;
    await record().catch(() => {});
    throw error;
  }
  return { ...report, duration: Date.now() - started };
}

async function placeNext(tx: Transaction, { again, geo }: EnrichOptions, after: sql.Behind, size: number) {
  const sessions = await sql.lockUnlocated(tx, again, after, size);
  const places = sessions.map(({ id, ip }) => ({ id, ...(ip === null ? null : geo.lookUp(ip)) }));
  return { sessions, placed: await sql.locateSessions(tx, places) };
}

function auditDetail(report: EnrichReport, { again, geo }: EnrichOptions): unknown {
  const { alreadyRunning: _, interrupted: __, duration: ___, ...counts } = report;
  return { ...counts, again, databases: geo.files.map(({ type, builtAt }) => ({ type, builtAt })) };
}

/** What a run would find, as far as one can know without doing it; changes nothing. */
export async function forecastPlaces(db: Database, options: Omit<EnrichOptions, 'actor'>): Promise<PlacesCount> {
  const found = { ...NO_PLACES };
  await inBatches(options, found, new Budget(options), async (after, size) => {
    const sessions = await read(db, (tx) => sql.selectUnlocated(tx, options.again, after, size));
    for (const { ip, placed, skipped } of sessions) {
      const known = placed || (ip !== null && options.geo.lookUp(ip));
      found[skipped ? 'skipped' : known ? 'placed' : 'unknown'] += 1;
    }
    return sessions;
  });
  return found;
}

/** Batch after batch from the oldest until one is not full; counts `examined`. Returns where it stopped. */
async function inBatches(
  options: Pick<EnrichOptions, 'batchSize' | 'limit' | 'onProgress'>,
  report: PlacesCount,
  budget: Budget,
  next: (after: sql.Behind, size: number) => Promise<sql.Unlocated[]>,
): Promise<sql.Behind> {
  let after = sql.FIRST;
  for (;;) {
    const size = Math.min(options.batchSize, (options.limit ?? Number.POSITIVE_INFINITY) - report.examined);
    budget.cut ||= size === 0;
    if (await budget.isSpent()) return after;
    const sessions = await next(after, size);
    report.examined += sessions.length;
    after = sessions.at(-1) ?? after;
    if (sessions.length > 0) options.onProgress?.(report.examined);
    if (sessions.length < size) return after;
  }
}

/** Again, when somebody else had to go first. */
async function givingWay<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === ATTEMPTS || !hasGivenWay(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** attempt));
    }
  }
}
