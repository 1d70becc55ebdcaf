import type { Revocation } from '../../model/revocation.ts';
import { type Column, type ListView, timeColumn } from '../columns.ts';
import { grouped } from '../number.ts';
import { filterSaid, filterWords } from '../session/filter-words.ts';
import { scopeWords, stateWords } from './words.ts';

const COLUMNS = {
  id: { title: 'ID', value: (r) => r.id },
  at: timeColumn('WHEN', (r) => r.at),
  by: { title: 'WHO', value: (r) => r.by, shrink: 8, outside: true },
  what: { title: 'WHOSE SESSIONS', value: (r) => scopeWords(r), shrink: 14, outside: true },
  ended: {
    title: 'ENDED',
    value: (r) => r.sessions,
    show: (r) => (r.sessions === null ? 'many' : grouped(r.sessions)),
  },
  state: { title: 'UNDO', value: (r) => r.state, show: stateWords, shrink: 14 },
  reason: { title: 'REASON', value: (r) => r.reason, shrink: 8, outside: true },
  scope: { title: 'SCOPE', value: (r) => r.scope },
  user: { title: 'USER', value: (r) => r.username, shrink: 5, outside: true },
  filter: {
    title: 'FILTER',
    value: (r) => (r.filter && 'state' in r.filter ? filterWords(r.filter) : null),
    show: (r) => (r.filter && 'state' in r.filter ? filterSaid(r.filter) : ''),
    shrink: 8,
    outside: true,
  },
  role: { title: 'DB ROLE', value: (r) => r.actor.dbRole ?? null, shrink: 6, outside: true },
  until: timeColumn('RESTORABLE', (r) => r.restorableUntil),
  restored: timeColumn('RESTORED', (r) => r.restoredAt),
  'restored-by': { title: 'RESTORED BY', value: (r) => r.restoredBy, shrink: 8, outside: true },
} satisfies Record<string, Column<Revocation>>;

type RevocationColumn = keyof typeof COLUMNS;

const names: RevocationColumn[] = ['id', 'at', 'by', 'what', 'ended', 'state', 'reason'];

export const REVOCATION_LIST: ListView<Revocation, RevocationColumn, 'revocations'> = {
  orders: { newest: { column: 'id', rising: false } },
  key: 'revocations',
  columns: COLUMNS,
  names,
  wide: [...names, 'role', 'restored'],
  expendable: ['reason', 'by'],
  dim: (r) => r.state === 'restored',
};
