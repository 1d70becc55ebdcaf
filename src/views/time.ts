import { exactTime } from '../domain/text/time.ts';

export { exactTime };

const UNITS: [string, number][] = [
  ['s', 60],
  ['m', 60],
  ['h', 24],
  ['d', 365],
  ['y', Number.POSITIVE_INFINITY],
];

/** "3m ago", "in 57m", "just now": short enough for a column. */
export function relativeTime(at: string | Date, now: Date): string {
  const seconds = Math.trunc((new Date(at).getTime() - now.getTime()) / 1000);
  const amount = duration(Math.abs(seconds));
  if (seconds === 0) return 'just now';
  return seconds < 0 ? `${amount} ago` : `in ${amount}`;
}

/** The largest whole unit: "45s", "3m", "2h", "5d", "1y". */
export function duration(seconds: number): string {
  let amount = Math.max(0, Math.trunc(seconds));
  for (const [unit, size] of UNITS) {
    if (amount < size) return `${amount}${unit}`;
    amount = Math.trunc(amount / size);
  }
  return '';
}

/** "2026-11-23 14:30:59" in the zone of the machine, as spreadsheets read it. */
export function localTime(at: string): string {
  return exactTime(at).slice(0, 19);
}

const NEAR = ['yesterday ', '', 'tomorrow '];

/** "14:03", "tomorrow 14:03", and exact where it is further away, in the zone of the machine. */
export function clock(at: string, now: Date): string {
  const t = new Date(at);
  const [day, today] = [t, now].map((d) => Date.UTC(d.getFullYear(), d.getMonth(), d.getDate())) as [number, number];
  const name = NEAR[(day - today) / 86_400_000 + 1];
  if (name === undefined) return exactTime(at);
  return `${name}${String(t.getHours()).padStart(2, '0')}:${String(t.getMinutes()).padStart(2, '0')}`;
}
