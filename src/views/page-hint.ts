import { grouped } from './number.ts';
import { shellWord } from './shell-word.ts';

/** How much more there is, and the command that shows it. `cap`: a total above it was not counted to its end. */
export function pageHint(
  command: string,
  argv: readonly string[],
  page: { rows: readonly unknown[]; nextCursor: string; total?: number | null; cap: number },
): string {
  const shown = grouped(page.rows.length);
  const total = page.total == null ? '' : page.total > page.cap ? ` of more than ${grouped(page.cap)}` : ` of ${grouped(page.total)}`;
  // the cursor is replaced, and a connection URL may hold a password
  const dropped = /^--(after|database)(=|$)/;
  const rest = argv.filter((arg, i) => !(dropped.test(arg) || /^--(after|database)$/.test(argv[i - 1] ?? '')));
  const next = ['tomo', command, ...rest.map(shellWord), `--after ${page.nextCursor}`].join(' ');
  return `${shown}${total} shown. Next page: ${next}`;
}
