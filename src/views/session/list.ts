import type { Session } from '../../domain/types.ts';
import type { Look } from '../style.ts';
import { paint } from '../style.ts';
import { fitWidths, renderTable } from '../table.ts';
import { SESSION_COLUMNS, type SessionColumn, type SessionColumnName, shortIds, shownCell } from './columns.ts';

/** A table of sessions for a terminal. Several pages of one list share `widths`, the first one sets it. */
export function renderSessions(
  sessions: readonly Session[],
  names: readonly SessionColumnName[],
  look: Look,
  page: { widths?: number[] } = {},
): string {
  const columns: SessionColumn[] = names.map((name) => SESSION_COLUMNS[name]);
  const ids = shortIds(sessions.map((session) => session.id));
  const rows = sessions.map((session, r) => columns.map((column, i) => (names[i] === 'id' ? (ids[r] ?? '') : shownCell(column, session, look.now))));
  const first = page.widths === undefined;
  page.widths ??= fitWidths(columns, rows, look.width);
  const c = paint(look);
  const idWidth = names[0] === 'id' ? (ids[0]?.length ?? 0) : 0;
  const colour = (line: string, r: number) => {
    const rest = line.slice(idWidth);
    return c.yellow(line.slice(0, idWidth)) + (sessions[r]?.state === 'active' ? rest : c.dim(rest));
  };
  return renderTable(columns, rows, look, { widths: page.widths, heading: first, colour });
}
