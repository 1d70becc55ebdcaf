import type { Device } from '../../model/device.ts';
import { type Column, type ListView, timeColumn } from '../columns.ts';

const DEVICE_COLUMNS = {
  id: { title: 'ID', value: (d) => d.id },
  user: { title: 'USER', value: (d) => d.username, shrink: 8, outside: true },
  device: { title: 'DEVICE', value: clientWords, shrink: 14, outside: true },
  label: { title: 'LABEL', value: (d) => d.label, shrink: 6, outside: true },
  trusted: { title: 'TRUSTED', value: (d) => d.trusted, show: (d) => (d.trusted ? 'yes' : 'no') },
  screen: { title: 'SCREEN', value: (d) => d.screen, shrink: 9, outside: true },
  zone: { title: 'TIME ZONE', value: (d) => d.timeZone, shrink: 8, outside: true },
  first: timeColumn('FIRST SEEN', (d) => d.firstSeenAt),
  seen: timeColumn('SEEN', (d) => d.lastSeenAt),
  sessions: { title: 'SESSIONS', value: (d) => d.liveSessions },
  form: { title: 'FORM', value: (d) => d.formFactor },
  'user-agent': { title: 'USER AGENT', value: (d) => d.userAgent, shrink: 12, outside: true },
} satisfies Record<string, Column<Device>>;

export const DEVICE_LIST: ListView<Device, keyof typeof DEVICE_COLUMNS, 'devices'> = {
  key: 'devices',
  columns: DEVICE_COLUMNS,
  orders: { newest: { column: 'seen', rising: false } },
  names: ['id', 'user', 'device', 'label', 'trusted', 'first', 'seen', 'sessions', 'screen', 'zone'],
  expendable: ['zone', 'screen', 'first', 'label', 'sessions'],
};

/** Browser and system in words; where they are unknown, the beginning of what the client called itself. */
export function clientWords(device: Device): string {
  return device.device ?? device.userAgent?.slice(0, 60) ?? 'unknown';
}

/** How a device is called where there is no column for its label. */
export function deviceName(device: Device): string {
  return device.label ? `${device.label}, ${clientWords(device)}` : clientWords(device);
}
