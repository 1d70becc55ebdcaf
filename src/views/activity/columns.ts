import type { ActivityEntry } from '../../model/activity.ts';
import { type Column, columnNames, type ListView, timeColumn } from '../columns.ts';

const ACTIVITY_COLUMNS = {
  at: timeColumn('WHEN', (a) => a.at),
  user: { title: 'USER', value: (a) => a.username, shrink: 8, outside: true },
  session: { title: 'SESSION', value: (a) => a.sessionId, show: (a) => a.sessionId.replaceAll('-', '').slice(0, 8) },
  kind: { title: 'KIND', value: (a) => a.kind },
  status: { title: 'STATUS', value: (a) => a.status },
  name: { title: 'NAME', value: (a) => a.name, shrink: 8, outside: true },
  path: { title: 'PATH', value: (a) => a.path, shrink: 12, outside: true },
  ip: { title: 'IP ADDRESS', value: (a) => a.ip, address: true, shrink: 12 },
} satisfies Record<string, Column<ActivityEntry>>;

export const ACTIVITY_LIST: ListView<ActivityEntry, keyof typeof ACTIVITY_COLUMNS, 'activity'> = {
  key: 'activity',
  columns: ACTIVITY_COLUMNS,
  orders: { latest: { column: 'at', rising: false }, earliest: { column: 'at', rising: true } },
  names: columnNames(ACTIVITY_COLUMNS),
  expendable: ['kind', 'ip'],
};
