import type { DeviceResult, ForgetReport, TrustReport } from '../../domain/device/change.ts';
import type { Device } from '../../model/device.ts';
import { shortIds } from '../columns.ts';
import { plural } from '../number.ts';
import { printable } from '../printable.ts';
import { type Look, paint } from '../style.ts';
import { deviceName } from './columns.ts';

const WORDS = {
  trusted: 'trusted',
  untrusted: 'no longer trusted',
  'already-trusted': 'was trusted already',
  'already-untrusted': 'was not trusted',
  forgotten: 'forgotten',
  'not-found': 'not found',
};

/** One line for each id. */
export function renderDeviceResults(results: readonly DeviceResult<keyof typeof WORDS>[], look: Look): string {
  const short = shortIds(results.map(({ device }) => device?.id ?? ''));
  const line = ({ id, outcome, device }: DeviceResult<keyof typeof WORDS>, i: number) => {
    const about = device ? ` (${printable(`${device.username}, ${deviceName(device)}`)})` : '';
    return `${paint(look).yellow(printable(device ? (short[i] ?? '') : id))} ${WORDS[outcome]}${about}`;
  };
  return results.map(line).join('\n');
}

/** Of a label, in characters. */
export const LONGEST_LABEL = 100;

export function forgetQuestion(devices: number): string {
  return `Forget ${plural(devices, 'device')} for good?`;
}

/** What trust means, where it is new. */
export function trustHint({ results }: TrustReport): string {
  if (!results.some(({ outcome }) => outcome === 'trusted')) return '';
  return 'Nobody is told of logins from there any longer. Alerts of new devices and of unusual places are as before.';
}

/** What it does not do. */
export function forgetHint({ forgotten, results, lastOf }: ForgetReport): string {
  if (forgotten === 0) return '';
  const gone = [...new Map(results.flatMap(({ device }) => (device ? [[device.id, device] as const] : []))).values()];
  const sessions = gone.reduce((sum, device) => sum + device.liveSessions, 0);
  return [
    `The next login from ${forgotten === 1 ? 'it' : 'one of them'} is from a new device.`,
    ...(sessions === 0 ? [] : [`${plural(sessions, 'live session')} from there ${sessions === 1 ? 'goes' : 'go'} on.`]),
    ...(lastOf.length === 0
      ? []
      : [`No device is left of ${printable(lastOf.join(', '))}: the next one is a first one, which raises no alert.`]),
  ].join(' ');
}

/** The answer to a new label. */
export function renderLabelled({ device, changed }: { device: Device; changed: boolean }, look: Look): string {
  const c = paint(look);
  const id = c.yellow(device.id.replaceAll('-', '').slice(0, 8));
  const what = device.label === null ? 'has no label' : `is called "${device.label}"`;
  return `${id} ${printable(`${what}${changed ? ' now' : ' already'} (${device.username}, ${deviceName({ ...device, label: null })})`)}`;
}
