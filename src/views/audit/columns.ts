import type { AuditEntry, AuditRow } from '../../model/audit.ts';
import { type Column, type ListView, timeColumn } from '../columns.ts';
import { actionWords, detailWords } from './words.ts';

const COLUMNS = {
  id: { title: 'ID', value: (a) => a.id },
  at: timeColumn('WHEN', (a) => a.at),
  by: { title: 'WHO', value: (a) => a.by, shrink: 8, outside: true },
  role: { title: 'DB ROLE', value: (a) => a.actor.dbRole ?? null, shrink: 6, outside: true },
  action: { title: 'ACTION', value: (a) => a.action, show: actionWords },
  what: { title: 'WHAT', value: detailWords, shrink: 16, outside: true },
  reason: { title: 'REASON', value: (a) => a.reason, shrink: 8, outside: true },
  detail: { title: 'DETAIL', value: (a) => JSON.stringify(a.detail), shrink: 10, outside: true },
  hash: { title: 'HASH', value: (a) => a.hash, show: (a) => a.hash.slice(0, 16) },
} satisfies Record<string, Column<AuditEntry>>;

type AuditColumn = keyof typeof COLUMNS;

export const AUDIT_LIST: ListView<AuditEntry, AuditColumn, 'entries'> = {
  key: 'entries',
  columns: COLUMNS,
  orders: { newest: { column: 'id', rising: false } },
  names: ['id', 'at', 'by', 'role', 'action', 'what', 'reason'],
  wide: ['id', 'at', 'by', 'role', 'action', 'what', 'reason', 'hash'],
  expendable: ['role', 'reason', 'by'],
};

const ROW_COLUMNS = {
  id: COLUMNS.id,
  at: COLUMNS.at,
  by: COLUMNS.by,
  role: COLUMNS.role,
  action: COLUMNS.action,
  reason: COLUMNS.reason,
  detail: COLUMNS.detail,
  prev: { title: 'PREV', value: (a) => a.prev },
  hash: COLUMNS.hash,
} satisfies Record<string, Column<AuditRow>>;

/** For an archive: whole, and with the links of the chain. */
export const AUDIT_EXPORT: ListView<AuditRow, keyof typeof ROW_COLUMNS> = {
  key: 'rows',
  columns: ROW_COLUMNS,
  names: Object.keys(ROW_COLUMNS) as (keyof typeof ROW_COLUMNS)[],
};
