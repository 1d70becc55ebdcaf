import type { Timestamp } from '../../model/session.ts';

const QUARTER = 900;

/** When people log in, by the clock of a time zone. */
export interface LoginHours {
  timeZone: string;
  /** Since the beginning of the period. */
  total: number;
  /** Every day of the period, the oldest first; `complete`: nothing of it is missing but what is still to come. */
  days: { day: string; logins: number; complete: boolean }[];
  /** The last 24 hours by the clock, the running one last. */
  lastDay: { hour: number; logins: number }[];
  /**
   * By weekday (Monday first) and hour: logins, and how many hours of the period were such an hour. Only what
   * is complete counts.
   */
  week: { logins: number[][]; hours: number[][] };
}

/**
 * Logins by quarter of an hour, in seconds since 1970, as days and hours of a time zone (IANA name), also where
 * the clocks change.
 */
export function loginHours(
  quarters: readonly { at: number; logins: number }[],
  frame: { at: Timestamp; since: Timestamp; completeSince: Timestamp },
  timeZone: string,
): LoginHours {
  const clock = wallClock(timeZone);
  const now = Date.parse(frame.at) / 1000;
  const since = Date.parse(frame.since) / 1000;
  const complete = Date.parse(frame.completeSince) / 1000;
  const counts = new Map(quarters.map(({ at, logins }) => [at, logins]));
  const days = new Map<string, { day: string; logins: number; complete: boolean }>();
  const week = { logins: grid(), hours: grid() };
  let total = 0;
  for (let at = floor(since); at <= now; at += QUARTER) {
    const { day, weekday, hour, minute } = clock(at);
    const logins = counts.get(at) ?? 0;
    const known = days.get(day) ?? { day, logins: 0, complete: hour === 0 && minute < 15 && at >= complete };
    known.logins += logins;
    total += logins;
    days.set(day, known);
    if (at < floor(complete)) continue;
    add(week.logins, weekday, hour, logins);
    // the first and the last quarter are partly outside
    add(week.hours, weekday, hour, (Math.min(now, at + QUARTER) - Math.max(complete, at)) / 3600);
  }
  return { timeZone, total, days: [...days.values()], lastDay: lastDay(counts, now, clock), week };
}

function lastDay(counts: ReadonlyMap<number, number>, now: number, clock: WallClock): LoginHours['lastDay'] {
  const start = floor(now) - Math.floor(clock(floor(now)).minute / 15) * QUARTER;
  return Array.from({ length: 24 }, (_, i) => {
    const at = start - (23 - i) * 3600;
    const logins = [0, 1, 2, 3].reduce((sum, n) => sum + (counts.get(at + n * QUARTER) ?? 0), 0);
    return { hour: clock(at).hour, logins };
  });
}

type WallClock = (seconds: number) => { day: string; weekday: number; hour: number; minute: number };

function wallClock(timeZone: string): WallClock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  return (seconds) => {
    // "11/24/2026, 09:15"
    const [month = 0, date = 0, year = 0, hour = 0, minute = 0] = format
      .format(seconds * 1000)
      .split(/\D+/)
      .map(Number);
    const day = new Date(Date.UTC(year, month - 1, date));
    return { day: day.toISOString().slice(0, 10), weekday: (day.getUTCDay() + 6) % 7, hour, minute };
  };
}

const floor = (seconds: number) => Math.floor(seconds / QUARTER) * QUARTER;

const grid = () => Array.from({ length: 7 }, () => new Array<number>(24).fill(0));

function add(cells: number[][], weekday: number, hour: number, n: number): void {
  const row = cells[weekday];
  if (row) row[hour] = (row[hour] ?? 0) + n;
}
