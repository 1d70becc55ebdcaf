import { selectDevicesById, selectDevicesByIdRange } from '../../db/device/devices.ts';
import type { Transaction } from '../../db/port/database.ts';
import type { Device } from '../../model/device.ts';
import { byDigits, findAllByPrefix, findByPrefix, type Identified } from '../list/id-prefix.ts';

const DEVICES = {
  ...byDigits('device', selectDevicesByIdRange),
  describe: (d) => `${d.username}  ${d.label ?? d.device ?? 'unknown'}  ${d.screen ?? ''}`,
  byId: selectDevicesById,
} satisfies Identified<Device> & { byId: unknown };

/** Throws INVALID_INPUT for a text that cannot be an id of a device or the beginning of one. */
export function checkDeviceId(text: string): void {
  DEVICES.parse(text);
}

/**
 * The devices that the texts name, asked for at once: one entry for each, undefined where there is none. Throws on a
 * malformed or ambiguous one.
 */
export function findDevices(tx: Transaction, texts: string[]): Promise<(Device | undefined)[]> {
  return findAllByPrefix(tx, DEVICES, texts);
}

/**
 * The device, of these users (undefined: of anybody), that an id or prefix names. Throws on a
 * malformed or ambiguous one.
 */
export function findDevice(tx: Transaction, text: string, userIds: string[] | undefined): Promise<Device | undefined> {
  const theirs = byDigits<Device>('device', (tx, range, limit) =>
    selectDevicesByIdRange(tx, { ...range, userIds }, limit),
  );
  return findByPrefix(tx, { ...DEVICES, ...theirs }, text);
}
