import { shellWord } from '../domain/text/shell-word.ts';
import { grouped } from './number.ts';
import { printable } from './printable.ts';

/** How much more there is, and the command that shows it. `cap`: a total above it was not counted to its end. */
export function pageHint(
  command: string,
  argv: readonly string[],
  page: { rows: readonly unknown[]; nextCursor: string; total?: number | null; cap: number },
): string {
  const shown = grouped(page.rows.length);
  const total =
    page.total == null
      ? ''
      : page.total > page.cap
        ? ` of more than ${grouped(page.cap)}`
        : ` of ${grouped(page.total)}`;
  const next = ['tomo', command, ...withoutFlags(argv, ['after', 'database']), `--after ${page.nextCursor}`].join(' ');
  return `${shown}${total} shown. Next page: ${next}`;
}

/** What was typed, without these flags, as words of a shell; a connection URL, for one, may hold a password. */
export function withoutFlags(argv: readonly string[], names: readonly string[]): string[] {
  const dropped = new RegExp(`^--(${names.join('|')})(=|$)`);
  const alone = new RegExp(`^--(${names.join('|')})$`);
  return argv.filter((arg, i) => !(dropped.test(arg) || alone.test(argv[i - 1] ?? ''))).map(shellWord);
}

/** Why pages take long, and what the database's administrator can do about it. `index`: as SQL; null: there is one. */
export function missingIndexHint(index: string | null): string | null {
  if (index === null) return null;
  return `No index has this order, so every page reads the whole table. One that would help: ${printable(index)}`;
}
