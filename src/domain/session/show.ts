import { selectActivity } from '../../db/activity/activity.ts';
import { selectAlertsOfSession } from '../../db/alert/alerts.ts';
import { idsLike } from '../../db/list/id-range.ts';
import { type Database, read, type Transaction } from '../../db/port/database.ts';
import type { Alert } from '../../model/alert.ts';
import type { Activity, Session } from '../../model/session.ts';
import { findSession, noSuchSession, parseIdPrefix } from './id.ts';

export interface SessionDetails {
  session: Session;
  /** Raised about it, newest first. */
  alerts: Alert[];
  /** What it did last, latest first. */
  activity: Activity[];
}

/** One session by id or prefix. Throws INVALID_INPUT, NOT_FOUND or AMBIGUOUS_ID. */
export async function showSession(db: Database, id: string, activityLimit: number): Promise<SessionDetails> {
  const details = await read(db, (tx) => {
    if (tx.sessions.server.isTomo) tx.last();
    return findDetails(tx, id, activityLimit);
  });
  return details ?? read(db, (tx) => noSuchSession(tx, id));
}

/** The same in a transaction that goes on. */
export async function selectDetails(tx: Transaction, id: string, activityLimit: number): Promise<SessionDetails> {
  return (await findDetails(tx, id, activityLimit)) ?? noSuchSession(tx, id);
}

/** Of the schema `tomo` at once. */
async function findDetails(tx: Transaction, id: string, activityLimit: number): Promise<SessionDetails | undefined> {
  const { isTomo } = tx.sessions.server;
  const ids = isTomo ? idsLike(parseIdPrefix(tx, id)) : undefined;
  const [session, alerts, activity] = await Promise.all([
    findSession(tx, id),
    ids ? selectAlertsOfSession(tx, ids) : [],
    ids ? selectActivity(tx, ids, activityLimit) : [],
  ]);
  return session && { session, alerts, activity };
}
