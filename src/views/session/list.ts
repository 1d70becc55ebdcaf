import type { Session } from '../../domain/types.ts';
import type { Look } from '../style.ts';
import { paint } from '../style.ts';
import { fitWidths, renderTable } from '../table.ts';
import { textWidth } from '../text-width.ts';
import { LIST_COLUMNS, SESSION_COLUMNS, type SessionColumn, type SessionColumnName, STATE_COLUMNS, shortIds, shownCell } from './columns.ts';

/** On a terminal too narrow for all of them, these columns of the default lists go first. */
const EXPENDABLE: SessionColumnName[] = ['expires', 'ended', 'login', 'ip', 'device'];

/** The columns of a default list that fit; a list that was asked for stays as it is. */
function fitting(names: readonly SessionColumnName[], sessions: readonly Session[], look: Look): readonly SessionColumnName[] {
  if (names !== LIST_COLUMNS && names !== STATE_COLUMNS) return names;
  const least = (name: SessionColumnName) => {
    const column: SessionColumn = SESSION_COLUMNS[name];
    return column.shrink ?? Math.max(8, ...(name === 'id' ? [] : sessions.map((s) => textWidth(shownCell(column, s, look.now)))));
  };
  let kept = names;
  for (const name of EXPENDABLE) {
    if (kept.reduce((sum, n) => sum + least(n) + 2, -2) <= look.width) break;
    kept = kept.filter((n) => n !== name);
  }
  return kept;
}

/** A table of sessions for a terminal. Several pages of one list share `widths`, the first one sets it. */
export function renderSessions(
  sessions: readonly Session[],
  wanted: readonly SessionColumnName[],
  look: Look,
  page: { widths?: number[]; names?: readonly SessionColumnName[] } = {},
): string {
  page.names ??= fitting(wanted, sessions, look);
  const names = page.names;
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
