import Table from 'cli-table3';
import stringWidth from 'string-width';
import { type Look, paint } from './style.ts';

/** A column of a table. `shrink`: the width it may be cut to where the terminal is too narrow; without, it is never cut. */
export interface Column {
  title: string;
  shrink?: number;
}

const GAP = 2;
const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(GAP),
};

/** The widths at which these cells fit the terminal: natural ones, then the widest that may shrink gives way first. */
export function fitWidths(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): number[] {
  const widths = columns.map((column, i) => Math.max(stringWidth(column.title), ...rows.map((row) => stringWidth(row[i] ?? ''))));
  let excess = widths.reduce((sum, w) => sum + w, 0) + GAP * (columns.length - 1) - width;
  while (excess > 0) {
    const slack = columns.map((column, i) => (column.shrink === undefined ? 0 : (widths[i] ?? 0) - column.shrink));
    const most = slack.indexOf(Math.max(...slack));
    if ((slack[most] ?? 0) <= 0) break;
    widths[most] = (widths[most] ?? 0) - 1;
    excess -= 1;
  }
  return widths;
}

/**
 * A borderless table with a heading, lines without trailing space. Cells must be printable and without colour; `colour`
 * paints a cell after it has been cut to its width.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  look: Look,
  options: { widths?: number[]; heading?: boolean; colour?: (text: string, row: number, column: number) => string } = {},
): string {
  const widths = options.widths ?? fitWidths(columns, rows, look.width);
  // what may not be cut makes its column wider, also on a later page of a list whose first page has set the widths
  columns.forEach((column, i) => {
    if (column.shrink === undefined) widths[i] = Math.max(widths[i] ?? 0, ...rows.map((row) => stringWidth(row[i] ?? '')));
  });
  const c = paint(look);
  const table = new Table({
    chars: BARE,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    colWidths: widths,
  });
  if (options.heading !== false) table.push(columns.map((column, i) => c.dim(cut(column.title, widths[i] ?? 0))));
  rows.forEach((row, r) => {
    table.push(
      row.map((cell, i) => {
        const text = cut(cell, widths[i] ?? 0);
        return options.colour ? options.colour(text, r, i) : text;
      }),
    );
  });
  return table.toString().replaceAll(/ +$/gm, '');
}

/** Cut to a width in columns of the terminal, never through a character. */
export function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  if (width <= 1) return '…'.slice(0, width);
  let kept = '';
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += stringWidth(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}
