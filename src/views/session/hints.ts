import type { StateFilter } from '../../domain/types.ts';
import { grouped } from '../number.ts';
import { printable } from '../printable.ts';

/** What to say instead of an empty table. */
export function nothingFound(state: StateFilter, narrowed: boolean): string {
  const what = state === 'active' ? 'No live sessions' : state === 'all' ? 'No sessions' : `No ${state} sessions`;
  return narrowed ? `${what} match.` : `${what}.`;
}

/** How much more there is, and the command that shows it. */
export function pageHint(
  page: { sessions: readonly unknown[]; nextCursor: string | null; total: number | null },
  argv: readonly string[],
  cap: number,
): string {
  const shown = grouped(page.sessions.length);
  const total = page.total === null ? '' : page.total > cap ? ` of more than ${grouped(cap)}` : ` of ${grouped(page.total)}`;
  // the cursor is replaced, and a connection URL may hold a password
  const dropped = /^--(after|database)(=|$)/;
  const rest = argv.filter((arg, i) => !(dropped.test(arg) || /^--(after|database)$/.test(argv[i - 1] ?? '')));
  const command = ['tomo session list', ...rest.map(quoted), `--after ${page.nextCursor}`].join(' ');
  return `${shown}${total} shown. Next page: ${command}`;
}

function quoted(arg: string): string {
  return printable(/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`);
}
