import { countDevices, type DeviceCursor, selectDevices, streamDevices } from '../../db/device/devices.ts';
import { type Database, read, type Transaction } from '../../db/port/database.ts';
import type { Device, DeviceFilter } from '../../model/device.ts';
import { decodeKeys, encodeKeys, type Orders } from '../list/cursor.ts';
import { COUNT_CAP, handOver, type ListPage } from '../list/page.ts';
import { requireUsers } from '../user/users.ts';

const ORDERS: Orders<'seen'> = { seen: ['d', 'time', 'uuid'] };

/** One page, latest seen first. Throws NOT_FOUND for an unknown user. */
export function listDevices(
  db: Database,
  filter: DeviceFilter,
  options: { limit: number; after: string | undefined; withTotal: boolean },
): Promise<ListPage<Device>> {
  return read(db, async (tx) => {
    const userIds = await userIdsOf(tx, filter);
    const found = await selectDevices(tx, filter, userIds, {
      after: cursorOf(options.after),
      limit: options.limit + 1,
    });
    const rows = found.slice(0, options.limit);
    const last = rows.at(-1);
    if (found.length === rows.length || !last) return { rows };
    return {
      rows,
      nextCursor: encodeKeys(ORDERS, 'seen', [last.lastSeenAt, last.id]),
      total: options.withTotal ? await countDevices(tx, filter, userIds, COUNT_CAP + 1) : null,
    };
  });
}

/** Every device a filter selects, as JSON text, handed to `write` one by one. */
export function exportDevices(
  db: Database,
  filter: DeviceFilter,
  after: string | undefined,
  write: (json: string) => Promise<void> | undefined,
): Promise<void> {
  return read(
    db,
    async (tx) => handOver(streamDevices(tx, filter, await userIdsOf(tx, filter), cursorOf(after)), write),
    { statementTimeout: 0 },
  );
}

/** The exact number of devices a filter selects. */
export function countDevicesExactly(db: Database, filter: DeviceFilter): Promise<number> {
  return read(db, async (tx) => countDevices(tx, filter, await userIdsOf(tx, filter), null));
}

async function userIdsOf(tx: Transaction, { users }: DeviceFilter): Promise<string[] | null> {
  return users ? (await requireUsers(tx, users)).map((user) => user.id) : null;
}

function cursorOf(after: string | undefined): DeviceCursor | null {
  if (after === undefined) return null;
  const [at = '', id = ''] = decodeKeys(ORDERS, 'seen', after);
  return { at, id };
}
