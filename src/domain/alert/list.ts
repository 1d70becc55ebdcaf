import { countAlerts, selectAlertIds, selectAlerts, selectAlertsById, streamAlerts } from '../../db/alert/alerts.ts';
import { type Database, read, type Transaction } from '../../db/port/database.ts';
import type { Alert, AlertFilter } from '../../model/alert.ts';
import { TomoError } from '../../model/errors.ts';
import { COUNT_CAP, type ListPage } from '../list/page.ts';
import { requireUsers } from '../user/users.ts';

/** One page, newest first. `after`: the id that the page begins below. Throws NOT_FOUND for an unknown user. */
export function listAlerts(
  db: Database,
  filter: AlertFilter,
  options: { limit: number; after: number | null; withTotal: boolean },
): Promise<ListPage<Alert>> {
  return read(db, async (tx) => {
    const userIds = await userIdsOf(tx, filter);
    const { alerts, more } = await selectAlerts(tx, filter, userIds, options);
    return {
      rows: alerts,
      nextCursor: more ? String(alerts.at(-1)?.id) : null,
      total: more && options.withTotal ? await countAlerts(tx, filter, userIds, COUNT_CAP + 1) : null,
    };
  });
}

/** Every alert a filter selects, as JSON text, handed to `write` one by one from one snapshot. */
export function exportAlerts(
  db: Database,
  filter: AlertFilter,
  after: number | null,
  write: (json: string) => Promise<void> | undefined,
): Promise<void> {
  return read(
    db,
    async (tx) => {
      for await (const json of streamAlerts(tx, filter, await userIdsOf(tx, filter), after)) {
        const pending = write(json);
        if (pending) await pending;
      }
    },
    { statementTimeout: 0 },
  );
}

export function countAlertsExactly(db: Database, filter: AlertFilter): Promise<number> {
  return read(db, async (tx) => countAlerts(tx, filter, await userIdsOf(tx, filter), null));
}

/** One alert. Throws NOT_FOUND. */
export function showAlert(db: Database, id: number): Promise<Alert> {
  return read(db, async (tx) => {
    const [alert] = await selectAlertsById(tx, [id]);
    if (alert) return alert;
    throw new TomoError('NOT_FOUND', `There is no alert ${id}.`, { reason: 'no-such-alert' });
  });
}

/** The ids of all that a filter selects. */
export async function alertIdsOf(tx: Transaction, filter: AlertFilter): Promise<number[]> {
  return selectAlertIds(tx, filter, await userIdsOf(tx, filter));
}

async function userIdsOf(tx: Transaction, { users }: AlertFilter): Promise<string[] | null> {
  return users ? (await requireUsers(tx, users)).map((user) => user.id) : null;
}
