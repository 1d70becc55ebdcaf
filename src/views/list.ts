import { idOf, type ListView, shortIds, shownCell } from './columns.ts';
import { type Look, paint } from './style.ts';
import { fitWidths, renderTable } from './table.ts';
import { textWidth } from './text-width.ts';

/** What the pages of one list share. The first one sets what is not set. */
export interface ListLayout<N extends string> {
  /** Columns that were asked for; without, those of the view that fit. */
  names?: readonly N[] | undefined;
  widths?: number[];
  /** Without a line of headings. */
  bare?: boolean;
  /** Columns that did not fit. */
  left?: readonly N[];
}

/** A table of any kind of rows for a terminal. Further pages, with the same `layout`, have no heading. */
export function renderList<T, N extends string>(
  rows: readonly T[],
  view: ListView<T, N>,
  look: Look,
  layout: ListLayout<N> = {},
): string {
  if (layout.left === undefined) {
    const wanted = layout.names ?? view.names;
    layout.names = fitting(view, wanted, rows, look);
    layout.left = wanted.filter((name) => !layout.names?.includes(name));
  }
  const names = layout.names ?? view.names;
  const columns = names.map((name) => view.columns[name]);
  const idAt = (names as readonly string[]).indexOf('id');
  const ids = rows.map((row) => idOf(view, row) ?? '');
  const short = shortIds(ids);
  const cells = rows.map((row, r) =>
    names.map((name, i) => (i === idAt && short[r]) || shownCell(view, name, row, look.now)),
  );
  const heading = layout.widths === undefined && !layout.bare;
  layout.widths ??= fitWidths(columns, cells, look.width);
  const c = paint(look);
  const colour = (line: string, r: number) => {
    const row = rows[r];
    const idWidth = idAt === 0 ? (cells[r]?.[0]?.length ?? 0) : 0;
    const rest = line.slice(idWidth);
    if (row !== undefined && view.alarming?.(row)) return c.red(line);
    return c.yellow(line.slice(0, idWidth)) + (row !== undefined && view.dim?.(row) ? c.dim(rest) : rest);
  };
  return renderTable(columns, cells, look, { widths: layout.widths, heading, colour, clipped: true });
}

/**
 * Those of the columns that fit: first those go that the view can do without, then the last ones; the first one stays.
 */
function fitting<T, N extends string>(
  view: ListView<T, N>,
  wanted: readonly N[],
  rows: readonly T[],
  look: Look,
): readonly N[] {
  const least = (name: N) => {
    const column = view.columns[name];
    return (
      column.shrink ??
      Math.max(8, ...(name === 'id' ? [] : rows.map((row) => textWidth(shownCell(view, name, row, look.now)))))
    );
  };
  let kept = wanted;
  for (const name of [...(view.expendable ?? []), ...wanted.toReversed()]) {
    if (kept.length === 1 || kept.reduce((sum, n) => sum + least(n) + 2, -2) <= look.width) break;
    kept = kept.filter((n) => n !== name);
  }
  return kept;
}
