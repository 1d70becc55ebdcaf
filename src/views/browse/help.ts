import { ellipsis, type Look, paint } from '../style.ts';
import { cut } from '../text-width.ts';
import { wrapped } from '../wrap.ts';

export interface HelpLine {
  keys: string;
  what: string;
}

/** Of the column of keys. */
const KEYS_WIDTH = 14;

/** Every key and what it does, from a line on; more than there is room for is said. */
export function helpLines(help: readonly HelpLine[], from: number, look: Look, height: number): string[] {
  const lines = help.flatMap(({ keys, what }) =>
    `  ${keys.padEnd(KEYS_WIDTH - 4)}  ${wrapped(what, look.width - KEYS_WIDTH, ' '.repeat(KEYS_WIDTH))}`
      .split('\n')
      .map((line) => cut(line, look.width)),
  );
  if (lines.length <= height) return lines;
  const first = Math.min(from, lines.length - height + 1);
  const more = lines.length - first - (height - 1);
  const rest = more > 0 ? `  ${ellipsis(look)} ${more} more lines: PgDn` : '';
  return [...lines.slice(first, first + height - 1), paint(look).dim(rest)];
}
