import { selectActivitySince } from '../../db/activity/activity.ts';
import { type Database, read, type Transaction } from '../../db/port/database.ts';
import type { Activity, Session } from '../../model/session.ts';
import { type SessionDetails, selectDetails } from './show.ts';

/** How far a follower has come: rows up to a moment, and the latest of them by their place in the table. */
export interface FollowMark {
  session: string;
  at: string;
  rows: ReadonlySet<string>;
}

/** A session by id or prefix as `session show` tells it, and where following it begins. Throws like showSession. */
export function beginFollowing(
  db: Database,
  id: string,
  activityLimit: number,
): Promise<{ details: SessionDetails; mark: FollowMark }> {
  return read(db, async (tx) => {
    const details = await selectDetails(tx, id, activityLimit);
    return { details, mark: (await step(tx, { session: details.session.id, at: 'now', rows: new Set() })).mark };
  });
}

/** What the session has done since, earliest first, and what it is now; null: it has been deleted. */
export function follow(
  db: Database,
  mark: FollowMark,
): Promise<{ session: Session | null; activity: Activity[]; mark: FollowMark }> {
  return read(db, async (tx) => {
    const [session] = await tx.sessions.byId(tx, [mark.session]);
    return { session: session ?? null, ...(await step(tx, mark)) };
  });
}

/**
 * A row that was written before another may be seen after it, so the last seconds are read again and what
 * is known left out.
 */
async function step(tx: Transaction, mark: FollowMark): Promise<{ activity: Activity[]; mark: FollowMark }> {
  // what a session does is kept by Tomo alone
  if (!tx.sessions.server.isTomo) return { activity: [], mark };
  const { now, rows } = await selectActivitySince(tx, mark.session, mark.at);
  return {
    activity: rows.flatMap(({ row, entry }) => (mark.rows.has(row) ? [] : [entry])),
    mark: { session: mark.session, at: now, rows: new Set(rows.map(({ row }) => row)) },
  };
}
