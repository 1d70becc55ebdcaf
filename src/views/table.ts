import Table from 'cli-table3';
import { ellipsis, type Look, paint } from './style.ts';
import { cut, textWidth } from './text-width.ts';

/** A column of a table. `shrink`: the width it may be cut to where the terminal is too narrow; without, it is never cut. */
export interface TableColumn {
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
export function fitWidths(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  width: number,
): number[] {
  const widths = columns.map((column, i) =>
    Math.max(textWidth(column.title), ...rows.map((row) => textWidth(row[i] ?? ''))),
  );
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
 * A borderless table with a heading, one line for each row, without trailing space. Cells must be printable and without
 * colour; `colour` paints a line once it is drawn, since measuring painted cells is what takes the time.
 */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  look: Look,
  options: { widths?: number[]; heading?: boolean; colour?: (line: string, row: number) => string } = {},
): string {
  const widths = options.widths ?? fitWidths(columns, rows, look.width);
  // what may not be cut makes its column wider, also on a later page of a list whose first page has set the widths
  columns.forEach((column, i) => {
    if (column.shrink === undefined)
      widths[i] = Math.max(widths[i] ?? 0, ...rows.map((row) => textWidth(row[i] ?? '')));
  });
  const table = new Table({
    chars: BARE,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    colWidths: widths,
  });
  const cells = (row: readonly string[]) => row.map((cell, i) => cut(cell, widths[i] ?? 0, ellipsis(look)));
  const heading = options.heading === false ? [] : [columns.map((column) => column.title)];
  table.push(...heading.map(cells), ...rows.map(cells));
  const c = paint(look);
  return table
    .toString()
    .split('\n')
    .map((line, i) => {
      const row = i - heading.length;
      if (row < 0) return c.dim(line.trimEnd());
      return options.colour ? options.colour(line.trimEnd(), row) : line.trimEnd();
    })
    .join('\n');
}
