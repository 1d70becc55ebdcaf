import { ellipsis, type Look, paint } from './style.ts';
import { cut, fitted, textWidth } from './text-width.ts';

/**
 * A column of a table. `shrink`: the width it may be cut to where the terminal is too narrow;
 * without, it is never cut.
 */
export interface TableColumn {
  title: string;
  shrink?: number;
}

const GAP = 2;
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
 * A borderless table with a heading, one line for each row, without trailing space. Cells must be printable and
 * without colour; `colour` paints a line once it is drawn, since measuring painted cells is what takes the time.
 */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  look: Look,
  options: {
    widths?: number[];
    heading?: boolean;
    colour?: (line: string, row: number) => string;
    /** A line that is still too long is cut, not wrapped. */
    clipped?: boolean;
  } = {},
): string {
  const widths = options.widths ?? fitWidths(columns, rows, look.width);
  // what may not be cut makes its column wider, also on a later page of a list whose first page has set the widths
  columns.forEach((column, i) => {
    if (column.shrink === undefined)
      widths[i] = Math.max(widths[i] ?? 0, ...rows.map((row) => textWidth(row[i] ?? '')));
  });
  const tooLong = options.clipped && widths.reduce((sum, w) => sum + w + GAP, -GAP) > look.width;
  const line = (row: readonly string[]) => (tooLong ? fitted(whole(row), look) : whole(row));
  const whole = (row: readonly string[]) =>
    row
      .map((cell, i) => padded(cut(cell, widths[i] ?? 0, ellipsis(look)), widths[i] ?? 0))
      .join(' '.repeat(GAP))
      .trimEnd();
  const c = paint(look);
  const heading = options.heading === false ? [] : [c.dim(line(columns.map((column) => column.title)))];
  const { colour = (text: string) => text } = options;
  return [...heading, ...rows.map((row, i) => colour(line(row), i))].join('\n');
}

function padded(cell: string, width: number): string {
  return cell + ' '.repeat(Math.max(0, width - textWidth(cell)));
}
