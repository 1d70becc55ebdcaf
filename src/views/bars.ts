import { grouped } from './number.ts';
import { ellipsis, type Look, paint } from './style.ts';
import { cut, textWidth } from './text-width.ts';

/** A line of a bar chart. `label` must be printable. `bare`: only the number, since a bar would dwarf the others. */
export interface Bar {
  label: string;
  value: number;
  bare?: boolean;
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A heading and bars, as wide as they may be: label, bar, number. */
export function barChart(title: string, bars: readonly Bar[], width: number, look: Look): string[] {
  const c = paint(look);
  const most = Math.max(1, ...bars.map(({ value, bare }) => (bare ? 0 : value)));
  const ends = bars.map(({ value }) => grouped(value));
  const endWidth = Math.max(0, ...ends.map((end) => end.length));
  const labelWidth = Math.min(
    Math.max(0, ...bars.map(({ label }) => textWidth(label))),
    Math.max(8, width - endWidth - 8),
  );
  const room = Math.min(40, Math.max(4, width - labelWidth - endWidth - 2));
  const lines = bars.map(({ label, value, bare }, i) => {
    const shown = cut(label, labelWidth, ellipsis(look));
    const bar = bare ? '' : horizontalBar(value / most, room, look);
    const end = (ends[i] ?? '').padStart(endWidth);
    return `${shown}${' '.repeat(labelWidth - textWidth(shown))} ${c.cyan(bar)}${' '.repeat(room - bar.length)} ${end}`;
  });
  return [c.bold(cut(title, width, ellipsis(look))), ...(lines.length > 0 ? lines : [c.dim('none')])];
}

/** At least a sliver, since it is not nothing. */
function horizontalBar(share: number, width: number, { unicode }: Look): string {
  if (!unicode) return '#'.repeat(share > 0 ? Math.max(1, Math.round(share * width)) : 0);
  const eighths = share > 0 ? Math.max(1, Math.round(share * width * 8)) : 0;
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
}

const STEPS = {
  unicode: [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  ascii: ['_', '.', ':', '-', '=', '+', '*', '#', '@'],
};

/** A column for each number, of one character; the highest is that of the largest. */
export function sparkline(values: readonly number[], { unicode }: Pick<Look, 'unicode'>): string {
  const most = Math.max(1, ...values);
  const steps = unicode ? STEPS.unicode : STEPS.ascii;
  return values.map((n) => steps[n === 0 ? 0 : Math.max(1, Math.round((n / most) * 8))] ?? '').join('');
}

/** Blocks of lines next to each other, as many as there are columns. */
export function beside(blocks: readonly string[][], columns: number, width: number, gap: number): string[] {
  const rows: string[] = [];
  for (let i = 0; i < blocks.length; i += columns) {
    const row = blocks.slice(i, i + columns);
    if (i > 0) rows.push('');
    for (let line = 0; line < Math.max(...row.map((block) => block.length)); line += 1) {
      const cells = row.map((block) => block[line] ?? '');
      rows.push(
        cells
          .map((cell, n) => (n === cells.length - 1 ? cell : cell + ' '.repeat(width - textWidth(cell) + gap)))
          .join(''),
      );
    }
  }
  return rows.map((row) => row.trimEnd());
}
