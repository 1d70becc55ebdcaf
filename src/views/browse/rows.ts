import { type Look, paint } from '../style.ts';
import { fitted, textWidth } from '../text-width.ts';

/** How a row is drawn, by its state and age: just active, as usual, long idle, over, to look at, bad. */
export type Tone = 'fresh' | 'usual' | 'cold' | 'over' | 'odd' | 'bad';

interface Rows {
  rows: readonly { id: string; tone: Tone; sign: string }[];
  current: string | undefined;
  marked: ReadonlySet<string>;
}

/** Lines of a table behind the signs of the cursor, of marks and of what has changed. */
export function rowLines(lines: readonly string[], { rows, current, marked }: Rows, look: Look): string[] {
  const c = paint(look);
  const tones: Record<Tone, (text: string) => string> = {
    fresh: c.green,
    usual: (text) => text,
    cold: c.cyan,
    over: c.dim,
    odd: c.magenta,
    bad: c.red,
  };
  return lines.map((line, i) => {
    const row = rows[i];
    const isMarked = row !== undefined && marked.has(row.id);
    const here = row !== undefined && row.id === current;
    const sign = isMarked ? '*' : (row?.sign ?? ' ');
    const text = fitted(`${here ? '>' : ' '}${sign}${line}`, look);
    const padded = `${text}${' '.repeat(Math.max(0, look.width - textWidth(text)))}`;
    if (here) return c.inverse(padded);
    return isMarked ? c.yellow(padded) : tones[row?.tone ?? 'usual'](padded);
  });
}
