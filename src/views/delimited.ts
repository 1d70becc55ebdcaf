import type { Column } from './columns.ts';
import { printable, printableText } from './printable.ts';

/** One line for a pipe: exact values between tabs, nothing cut; a tab or newline within a value is written as \u0009, \u000a. */
export function tsvLine<T>(row: T, columns: readonly Column<T>[]): string {
  return columns.map((column) => printable(String(column.value(row) ?? ''))).join('\t');
}

export function csvHeading(names: readonly string[]): string {
  return names.join(',');
}

/**
 * RFC 4180. A cell of outside text that a spreadsheet would run as a formula gets an apostrophe in front.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
export function csvLine<T>(row: T, columns: readonly Column<T>[]): string {
  return columns.map((column) => csvCell(column, row)).join(',');
}

function csvCell<T>(column: Column<T>, row: T): string {
  const value = printableText(String(column.value(row) ?? ''));
  const guarded = column.outside && /^[\s]*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}
