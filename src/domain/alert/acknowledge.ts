import {
  acknowledgeAlerts,
  selectAlertsById,
  selectLastAcknowledged,
  unacknowledgeAlerts,
} from '../../db/alert/alerts.ts';
import { type Database, read, type Transaction, write } from '../../db/port/database.ts';
import type { Alert, AlertFilter } from '../../model/alert.ts';
import type { Actor } from '../../model/session.ts';
import { alertIdsOf } from './list.ts';

/** What became of one id that was given. */
export interface AlertResult<Outcome extends string> {
  id: number;
  outcome: Outcome | 'not-found';
  /** As it is now; null when not found. */
  alert: Alert | null;
}

export interface AcknowledgeReport {
  acknowledged: number;
  /** One for each id that was given; empty where a filter was. */
  results: AlertResult<'acknowledged' | 'already-acknowledged'>[];
}

export interface ReopenReport {
  reopened: number;
  results: AlertResult<'reopened' | 'already-open'>[];
}

/** Acknowledges these alerts. Expected outcomes are results, not errors. */
export function acknowledgeById(db: Database, ids: number[], actor: Actor): Promise<AcknowledgeReport> {
  return write(db, async (tx) => {
    const done = acknowledgeAlerts(tx, ids, actor);
    const results = await resultsOf(tx, ids, done, 'acknowledged', 'already-acknowledged');
    return { acknowledged: (await done).length, results };
  });
}

/** The open alerts that a filter selects. Throws NOT_FOUND for an unknown user. */
export function openAlerts(db: Database, filter: AlertFilter): Promise<number[]> {
  return read(db, (tx) => alertIdsOf(tx, { ...filter, state: 'open' }));
}

/** Acknowledges many, without a word about each. */
export function acknowledgeMany(db: Database, ids: number[], actor: Actor): Promise<AcknowledgeReport> {
  return write(db, async (tx) => ({ acknowledged: (await acknowledgeAlerts(tx, ids, actor)).length, results: [] }));
}

/** Takes it back that somebody has looked at these; null: at those that were acknowledged last, together. */
export function reopenAlerts(db: Database, given: number[] | null, actor: Actor): Promise<ReopenReport> {
  return write(db, async (tx) => {
    const ids = given ?? (await selectLastAcknowledged(tx));
    const done = unacknowledgeAlerts(tx, ids, actor);
    const results = await resultsOf(tx, ids, done, 'reopened', 'already-open');
    return { reopened: (await done).length, results };
  });
}

async function resultsOf<Done extends string, Already extends string>(
  tx: Transaction,
  ids: number[],
  changing: Promise<number[]>,
  now: Done,
  before: Already,
): Promise<AlertResult<Done | Already>[]> {
  const [done, found] = await Promise.all([changing, selectAlertsById(tx, ids)]);
  const changed = new Set(done);
  const alerts = new Map(found.map((alert) => [alert.id, alert]));
  return ids.map((id) => {
    const alert = alerts.get(id) ?? null;
    return { id, outcome: !alert ? 'not-found' : changed.has(id) ? now : before, alert };
  });
}
