import { rowsOf } from '../../db/list/row-source.ts';
import { type Database, read, readAtOnce, type Transaction } from '../../db/port/database.ts';
import type { Device } from '../../model/device.ts';
import { TomoError } from '../../model/errors.ts';
import type { Session, SessionFilter } from '../../model/session.ts';
import { findDevices } from './id.ts';

export interface DeviceDetails {
  device: Device;
  /** The live sessions from it, the most recently active first, at most SHOWN_SESSIONS. */
  sessions: Session[];
}

const SHOWN_SESSIONS = 20;

/**
 * What selects the live sessions from the devices that these ids or prefixes name. Throws as showDevice
 * does, for one of them.
 */
export function devicesFilter(db: Database, ids: string[]): Promise<SessionFilter> {
  return readAtOnce(db, async (tx) => {
    const devices = await requireDevices(tx, ids);
    return {
      state: 'active',
      users: [...new Set(devices.map(({ username }) => username))],
      devices: [...new Set(devices.map(({ id }) => id))],
    };
  });
}

async function requireDevices(tx: Transaction, ids: string[]): Promise<Device[]> {
  const found = await findDevices(tx, ids);
  return found.map((device, i) => device ?? noSuchDevice(ids[i]));
}

function noSuchDevice(id: string | undefined): never {
  throw new TomoError('NOT_FOUND', `There is no device ${id}.`, { reason: 'no-such-device' });
}

/**
 * The device that an id or prefix names, with what is open on it. Throws INVALID_INPUT, NOT_FOUND and AMBIGUOUS_ID.
 */
export function showDevice(db: Database, id: string): Promise<DeviceDetails> {
  return read(db, async (tx) => {
    const device = (await findDevices(tx, [id]))[0] ?? noSuchDevice(id);
    const filter: SessionFilter = { state: 'active', userId: device.userId, devices: [device.id] };
    const first = { sort: 'activity', after: null } as const;
    const found = await rowsOf(tx.sessions.page(tx, filter, first, SHOWN_SESSIONS, { last: true }));
    return { device, sessions: found.map(({ sortKey: _, ...session }) => session) };
  });
}
