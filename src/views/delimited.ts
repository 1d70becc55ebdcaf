import type { Column } from './columns.ts';
import { printable, printableText } from './printable.ts';

/**
 * One line for a pipe: exact values between tabs, nothing cut; a tab or newline within a value is written
 * as \u0009, \u000a.
 */
export function tsvLine<T>(row: T, columns: readonly Column<T>[]): string {
  return columns.map((column) => printable(String(column.value(row) ?? ''))).join('\t');
}

export function tsvHeading(names: readonly string[]): string {
  return names.join('\t');
}

export function csvHeading(names: readonly string[]): string {
  return names.join(',');
}

/**
 * RFC 4180. Cells of outside text are quoted, and what a spreadsheet would run as a formula in them gets an apostrophe
 * in front: at their beginning, and behind a semicolon, tab or line end, since many take these for the end of a cell,
 * whatever stands in quotes. https://owasp.org/www-community/attacks/CSV_Injection
 */
export function csvLine<T>(row: T, columns: readonly Column<T>[]): string {
  return columns.map((column) => csvCell(column, row)).join(',');
}

const FORMULA = /(?<=(?:^|[;\t\r\n])[\s"]*)(?=[=+\-@＝＋－＠])/g;

function csvCell<T>(column: Column<T>, row: T): string {
  const value = printableText(String(column.value(row) ?? ''));
  if (!column.outside || value === '') return /[",\r\n]/.test(value) ? quoted(value) : value;
  return quoted(value.replace(FORMULA, "'"));
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
