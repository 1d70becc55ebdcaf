import { acknowledgeAlerts, selectAlertsById } from '../../db/alert/alerts.ts';
import { type Database, write } from '../../db/port/database.ts';
import type { Alert, AlertFilter } from '../../model/alert.ts';
import type { Actor } from '../../model/session.ts';
import { alertIdsOf } from './list.ts';

export interface AcknowledgeResult {
  id: number;
  outcome: 'acknowledged' | 'already-acknowledged' | 'not-found';
  /** As it is now; null when not found. */
  alert: Alert | null;
}

export interface AcknowledgeReport {
  acknowledged: number;
  /** One for each id that was given; empty where a filter was. */
  results: AcknowledgeResult[];
}

/** Acknowledges these alerts. Expected outcomes are results, not errors. */
export function acknowledgeById(db: Database, ids: number[], actor: Actor): Promise<AcknowledgeReport> {
  return write(db, async (tx) => {
    const done = new Set(await acknowledgeAlerts(tx, ids, actor));
    const alerts = new Map((await selectAlertsById(tx, ids)).map((alert) => [alert.id, alert]));
    const results = ids.map((id): AcknowledgeResult => {
      const alert = alerts.get(id) ?? null;
      return { id, outcome: !alert ? 'not-found' : done.has(id) ? 'acknowledged' : 'already-acknowledged', alert };
    });
    return { acknowledged: done.size, results };
  });
}

/** Acknowledges every open alert that the filter selects. Throws NOT_FOUND for an unknown user. */
export function acknowledgeByFilter(db: Database, filter: AlertFilter, actor: Actor): Promise<AcknowledgeReport> {
  return write(db, async (tx) => {
    const ids = await alertIdsOf(tx, { ...filter, state: 'open' });
    return { acknowledged: (await acknowledgeAlerts(tx, ids, actor)).length, results: [] };
  });
}
