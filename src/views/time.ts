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

/** "2026-11-23 14:03:59 +01:00", in the zone of the machine. */
export function exactTime(at: string | Date): string {
  const t = new Date(at);
  const two = (n: number) => String(n).padStart(2, '0');
  const offset = -t.getTimezoneOffset();
  const zone =
    offset === 0
      ? 'UTC'
      : `${offset < 0 ? '-' : '+'}${two(Math.trunc(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())} ${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())} ${zone}`;
}
