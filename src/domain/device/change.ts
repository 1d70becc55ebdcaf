import { forgetDevices, labelDevice, selectUsersWithOnly, trustDevices } from '../../db/device/devices.ts';
import { type Database, readAtOnce, type Transaction, write } from '../../db/port/database.ts';
import type { Device } from '../../model/device.ts';
import { TomoError } from '../../model/errors.ts';
import type { Actor } from '../../model/session.ts';
import { findDevices } from './id.ts';

/** What became of one id that was given. */
export interface DeviceResult<Outcome extends string> {
  /** As it was given. */
  id: string;
  outcome: Outcome | 'not-found';
  /** As it is now; a forgotten one as it was; null when not found. */
  device: Device | null;
}

export type TrustOutcome = 'trusted' | 'untrusted' | 'already-trusted' | 'already-untrusted';

export interface TrustReport {
  changed: number;
  results: DeviceResult<TrustOutcome>[];
}

/**
 * Trusts the devices that these ids or prefixes name, or no longer. Expected outcomes are results, not errors; a
 * malformed or ambiguous id throws before anything is changed.
 */
export function trustByIds(db: Database, ids: string[], trusted: boolean, actor: Actor): Promise<TrustReport> {
  return change(db, async (tx) => {
    const found = await findDevices(tx, ids);
    await tx.begun();
    const changed = new Set(await trustDevices(tx, idsOf(found), trusted, actor));
    const word = trusted ? 'trusted' : 'untrusted';
    const results = ids.map((id, i): DeviceResult<TrustOutcome> => {
      const device = found[i];
      if (!device) return { id, outcome: 'not-found', device: null };
      return { id, outcome: changed.has(device.id) ? word : `already-${word}`, device: { ...device, trusted } };
    });
    return { changed: changed.size, results };
  });
}

export interface ForgetReport {
  forgotten: number;
  results: DeviceResult<'forgotten'>[];
  /** Users who have no device left: their next one is a first one, and no news to anybody. */
  lastOf: string[];
}

/**
 * The devices that these ids or prefixes name, undefined where there is none. Throws for a malformed or ambiguous one.
 */
export function devicesOf(db: Database, ids: string[]): Promise<(Device | undefined)[]> {
  return readAtOnce(db, (tx) => findDevices(tx, ids));
}

/** Deletes devices, named as above. Their sessions stay as they are. */
export function forgetByIds(db: Database, ids: string[], actor: Actor): Promise<ForgetReport> {
  return change(db, async (tx) => {
    const found = await findDevices(tx, ids);
    await tx.begun();
    const [lastOf, forgotten] = await Promise.all([
      selectUsersWithOnly(tx, idsOf(found)),
      forgetDevices(tx, idsOf(found), actor),
    ]);
    const gone = new Set(forgotten);
    const results = ids.map((id, i): DeviceResult<'forgotten'> => {
      const device = found[i];
      return device && gone.has(device.id)
        ? { id, outcome: 'forgotten', device }
        : { id, outcome: 'not-found', device: null };
    });
    return { forgotten: gone.size, results, lastOf };
  });
}

/** Names a device, or takes its name away (null). Throws INVALID_INPUT, NOT_FOUND or AMBIGUOUS_ID. */
export function labelById(
  db: Database,
  id: string,
  label: string | null,
  actor: Actor,
): Promise<{ device: Device; changed: boolean }> {
  return change(db, async (tx) => {
    const [device] = await findDevices(tx, [id]);
    if (!device) throw new TomoError('NOT_FOUND', `There is no device ${id}.`, { reason: 'no-such-device' });
    return { device: { ...device, label }, changed: await labelDevice(tx, device.id, label, actor) };
  });
}

/** Looks for the devices first. */
function change<T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return write(db, work, { looksFirst: true });
}

function idsOf(devices: (Device | undefined)[]): string[] {
  return devices.flatMap((device) => device?.id ?? []);
}
