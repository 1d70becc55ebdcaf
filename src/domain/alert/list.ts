import { ALERT_ROWS, type ResolvedAlertFilter, selectAlertIds, selectAlertsById } from '../../db/alert/alerts.ts';
import { type Database, readAtOnce, type Transaction } from '../../db/port/database.ts';
import type { Alert, AlertFilter } from '../../model/alert.ts';
import { TomoError } from '../../model/errors.ts';
import { BY_NUMBER } from '../list/cursor.ts';
import { makeList } from '../list/list.ts';
import { userIdsOf } from '../user/users.ts';

/** Alerts, newest first. */
export const ALERTS = makeList({ rows: ALERT_ROWS, orders: BY_NUMBER, keys: ({ id }: Alert) => [id], resolve });

/** One alert. Throws NOT_FOUND. */
export function showAlert(db: Database, id: number): Promise<Alert> {
  return readAtOnce(db, async (tx) => {
    const [alert] = await selectAlertsById(tx, [id]);
    if (alert) return alert;
    throw new TomoError('NOT_FOUND', `There is no alert ${id}.`, { reason: 'no-such-alert' });
  });
}

/** The ids of all that a filter selects. */
export async function alertIdsOf(tx: Transaction, filter: AlertFilter): Promise<number[]> {
  return selectAlertIds(tx, await resolve(tx, filter));
}

async function resolve(tx: Transaction, { users, not, ...filter }: AlertFilter): Promise<ResolvedAlertFilter> {
  return {
    ...filter,
    userIds: await userIdsOf(tx, users),
    not: not && { ...not, userIds: await userIdsOf(tx, not.users) },
  };
}
