import type { LoginHours } from '../domain/report/login-hours.ts';
import { sparkline } from './bars.ts';
import { grouped, plural } from './number.ts';
import { type Look, paint } from './style.ts';
import { textWidth } from './text-width.ts';

export const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

const SHADES = { unicode: ['·', '░', '▒', '▓', '█'], ascii: ['.', '-', '+', '#', '@'] };
/** Logins in an hour of the week, on average; null where the period has no such hour. */
export function averages({ week }: LoginHours): (number | null)[][] {
  // what was there for a moment only is no average yet
  return week.logins.map((row, d) =>
    row.map((n, h) => ((week.hours[d]?.[h] ?? 0) > 0 ? n / Math.max(1, week.hours[d]?.[h] ?? 0) : null)),
  );
}

/** 0: none; 1 to 4: up to each quarter of the most. */
export function shadeOf(value: number, most: number): number {
  return value <= 0 ? 0 : Math.max(1, Math.ceil((value / most) * 4));
}

/** A line for each weekday, a cell for each hour, and what the shades mean. */
export function heatMap(logins: LoginHours, look: Look): string[] {
  const c = paint(look);
  const rows = averages(logins);
  const most = Math.max(0, ...rows.flat().map((value) => value ?? 0));
  const size = Math.max(1, Math.min(4, Math.floor((look.width - 5) / 24)));
  const shades = look.unicode ? SHADES.unicode : SHADES.ascii;
  const cell = (shade: number, width = 1) => {
    const text = (shades[shade] ?? '').repeat(shade === 0 ? 1 : width);
    return shade === 0 ? c.dim(text) : shade === 4 ? c.yellow(text) : c.cyan(text);
  };
  const row = (values: readonly (number | null)[]) => {
    const cells = values.map((value) => (value === null ? '' : cell(shadeOf(value, most), Math.max(1, size - 1))));
    return cells.map((text, i) => (i < 23 ? text + ' '.repeat(size - textWidth(text)) : text)).join('');
  };
  const step = size === 1 ? 6 : size === 2 ? 3 : 2;
  const hours = Array.from({ length: 24 / step }, (_, i) =>
    String(i * step)
      .padStart(2, '0')
      .padEnd(size * step),
  ).join('');
  const legend = [1, 2, 3, 4]
    .map((shade) => `${cell(shade)} ${look.width < 60 ? '<= ' : 'up to '}${rounded((most * shade) / 4)}`)
    .join('  ');
  return [
    c.dim(`    ${hours}`.trimEnd()),
    ...rows.map((values, day) => `${WEEKDAYS[day]} ${row(values)}`.trimEnd()),
    ...(most > 0 ? [`    ${legend}`] : []),
  ];
}

function rounded(n: number): string {
  return n >= 10 ? grouped(Math.round(n)) : String(Number(n.toFixed(1)));
}

/** The last 24 hours in one line of columns, and what there is to say about them. */
export function lastDayLines({ lastDay }: LoginHours, look: Look): string[] {
  const c = paint(look);
  const most = Math.max(0, ...lastDay.map(({ logins }) => logins));
  const total = lastDay.reduce((sum, { logins }) => sum + logins, 0);
  const size = look.width >= 76 ? 2 : 1;
  const columns = sparkline(
    lastDay.map(({ logins }) => logins),
    look,
  );
  const line = [...columns].map((column) => column.repeat(size)).join('');
  const peak = lastDay.find(({ logins }) => logins === most);
  const words =
    total === 0 ? 'no logins' : `${plural(total, 'login')}, most from ${clock(peak?.hour)} (${grouped(most)})`;
  const first = clock(lastDay[0]?.hour);
  const beside = 4 + line.length + 2 + words.length <= look.width;
  return [
    `    ${c.cyan(line)}${beside ? `  ${words}` : ''}`,
    c.dim(`    ${first}${' '.repeat(24 * size - first.length - 3)}now`),
    ...(beside ? [] : [`    ${words}`]),
  ];
}

function clock(hour = 0): string {
  return `${String(hour).padStart(2, '0')}:00`;
}
