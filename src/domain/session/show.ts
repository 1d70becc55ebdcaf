import { selectActivity } from '../../db/activity/activity.ts';
import { selectAlertsOfSession } from '../../db/alert/alerts.ts';
import { type Database, read, type Transaction } from '../../db/port/database.ts';
import type { Alert } from '../../model/alert.ts';
import type { Activity, Session } from '../../model/session.ts';
import { requireSession } from './id.ts';

export interface SessionDetails {
  session: Session;
  /** Raised about it, newest first. */
  alerts: Alert[];
  /** What it did last, latest first. */
  activity: Activity[];
}

/** One session by id or prefix. Throws INVALID_INPUT, NOT_FOUND or AMBIGUOUS_ID. */
export function showSession(db: Database, id: string, activityLimit: number): Promise<SessionDetails> {
  return read(db, (tx) => selectDetails(tx, id, activityLimit));
}

export async function selectDetails(tx: Transaction, id: string, activityLimit: number): Promise<SessionDetails> {
  const session = await requireSession(tx, id);
  if (!tx.sessions.server.isTomo) return { session, alerts: [], activity: [] };
  return {
    session,
    alerts: await selectAlertsOfSession(tx, session),
    activity: await selectActivity(tx, session.id, activityLimit),
  };
}
