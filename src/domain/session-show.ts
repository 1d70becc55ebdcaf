import { selectActivity } from '../db/activity.ts';
import { selectAlertsOfSession } from '../db/alerts.ts';
import { type Database, read, type Transaction } from '../db/database.ts';
import type { Alert } from './alert.ts';
import { requireSession } from './session-id.ts';
import type { Activity, Session } from './types.ts';

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
  return {
    session,
    alerts: await selectAlertsOfSession(tx, session),
    activity: await selectActivity(tx, session.id, activityLimit),
  };
}
