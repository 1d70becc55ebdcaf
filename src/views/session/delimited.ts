import type { Session } from '../../domain/types.ts';
import { printable, printableText } from '../printable.ts';
import { SESSION_COLUMNS, type SessionColumn, type SessionColumnName } from './columns.ts';

const columnsOf = (names: readonly SessionColumnName[]): SessionColumn[] => names.map((name) => SESSION_COLUMNS[name]);

/** One line for a pipe: exact values between tabs, nothing cut; a tab or newline within a value is written as \u0009, \u000a. */
export function tsvLine(session: Session, names: readonly SessionColumnName[]): string {
  return columnsOf(names)
    .map((column) => printable(String(column.value(session) ?? '')))
    .join('\t');
}

export function csvHeading(names: readonly SessionColumnName[]): string {
  return names.join(',');
}

/**
 * RFC 4180. A cell of outside text that a spreadsheet would run as a formula gets an apostrophe in front.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
export function csvLine(session: Session, names: readonly SessionColumnName[]): string {
  return columnsOf(names)
    .map((column) => csvCell(column, session))
    .join(',');
}

function csvCell(column: SessionColumn, session: Session): string {
  const value = printableText(String(column.value(session) ?? ''));
  const guarded = column.outside && /^[\s]*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}
