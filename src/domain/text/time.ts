import { invalidField, TomoError } from '../../model/errors.ts';
import type { Timestamp } from '../../model/session.ts';

/** Seconds of a unit and how it may be written, the largest first. A year as the views count it. */
const UNITS: readonly [seconds: number, words: string][] = [
  [31_536_000, 'y|years?'],
  [604_800, 'w|weeks?'],
  [86_400, 'd|days?'],
  [3600, 'h|hrs?|hours?'],
  [60, 'm|mins?|minutes?'],
  [1, 's|secs?|seconds?'],
];
/** A hundred years: beyond that a database's dates end sooner or later. */
const MOST_SECONDS = 3_155_760_000;
const DURATION = new RegExp(`^${UNITS.map(([, words]) => `(?:(\\d{1,9}) ?(?:${words}))?`).join(' ?')}$`, 'i');
const AWAY = /^(?:(in)\s+(.+)|(.+?)\s+ago)$/i;

/** What show says behind a time: "… UTC (3m ago)". */
const REMARK = /^(\d{4}-.*) \(?(?:just now|in \w+|\w+ ago)\)?$/;

const DAYS = ['yesterday', 'today', 'tomorrow'];
const WEEKDAYS = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');
const MONTHS = 'january february march april may june july august september october november december'.split(' ');
const DATE = '(?<year>\\d{4})-(?<month>\\d{2})-(?<date>\\d{2})|(?<word>[a-z]{3,9})(?:\\.? (?<nth>\\d{1,2}))?';
const CLOCK = '(?<hour>\\d{1,2}):(?<minute>\\d{2})(?::(?<second>\\d{2})(?:\\.(?<fraction>\\d{1,6}))?)?';
const ZONE = '(?<zone>Z|UTC|(?<sign>[+-])(?<zoneHour>\\d{2}):?(?<zoneMinute>\\d{2})?)';
/** A date, a time of day or both. */
const CALENDAR = new RegExp(`^(?=.)(?:${DATE})?(?:(?:^|T| (?:at )?)${CLOCK} ?(?:${ZONE})?)?$`, 'i');

/** "90m", "1d12h" to seconds; undefined for what is none. */
export function durationSeconds(text: string): number | undefined {
  const amounts = DURATION.exec(text.trim().replaceAll(/\s+/g, ' '))?.slice(1);
  if (!amounts?.some((amount) => amount !== undefined)) return undefined;
  return amounts.reduce((sum, amount, i) => sum + Number(amount ?? 0) * (UNITS[i]?.[0] ?? 0), 0);
}

/** "90m", "1d12h" to seconds. Throws INVALID_INPUT naming `field`. */
export function parseDuration(text: string, field: string): number {
  const seconds = durationSeconds(text);
  if (seconds === undefined || seconds === 0 || seconds > MOST_SECONDS) {
    throw invalidField(field, `"${text}" is not a duration.`, 'Write numbers and units: 90s, 30m, 2h30m, 7d, 2w.');
  }
  return seconds;
}

/**
 * A moment: ISO 8601 (local time without an offset), a date (its first moment, local), "today", "yesterday 22:00",
 * "90m" (so long ago), "now", and whatever a view prints. What names no year is the last one until `latest`: "22:00",
 * "monday 22:00", "nov 28". Throws INVALID_INPUT naming `field`.
 */
export function parseMoment(text: string, field: string, now: Date, latest = now): Timestamp {
  const value = text.trim().replaceAll(/\s+/g, ' ');
  const moment = parseAway(value, now) ?? parseCalendar(value.replace(REMARK, '$1'), now, latest);
  if (!moment || !(Math.abs(now.getTime() - Date.parse(moment)) <= MOST_SECONDS * 1000)) {
    throw new TomoError('INVALID_INPUT', `"${text}" is not a time.`, {
      field,
      hint: 'Write an ISO 8601 time (2026-11-23T14:30), a date (2026-11-23), 22:00, "yesterday 22:00", how long ago (90m, 1d12h), today or yesterday.',
    });
  }
  return moment;
}

/**
 * Two moments, of which the first must be earlier. "22:00" as the first is the last one before the second: 22:00 until
 * 06:00 is one night. Throws INVALID_INPUT; `names`: of the fields.
 */
export function parsePeriod(
  { since: from, until: to }: { since?: string | undefined; until?: string | undefined },
  now: Date,
  names = { since: 'since', until: 'until' },
): { since?: Timestamp; until?: Timestamp } {
  const until = to === undefined ? undefined : parseMoment(to, names.until, now);
  const latest = until === undefined ? now : new Date(Math.min(now.getTime(), Date.parse(until) - 1));
  const since = from === undefined ? undefined : parseMoment(from, names.since, now, latest);
  // without the Z: the fractions may differ in length
  if (since && until && since.slice(0, -1) >= until.slice(0, -1)) {
    const text = `"${from}" is not before the end, "${to}", so nothing can match.`;
    throw new TomoError('INVALID_INPUT', text, { field: names.since, hint: 'Swap the two.' });
  }
  return { ...(since ? { since } : {}), ...(until ? { until } : {}) };
}

/** "90m", "90m ago", "in 90m", "now", "just now". */
function parseAway(value: string, now: Date): Timestamp | undefined {
  const [, ahead, later, ago = value] = AWAY.exec(value) ?? [];
  const seconds = /^(just )?now$/i.test(value) ? 0 : durationSeconds(later ?? ago);
  if (seconds === undefined || seconds > MOST_SECONDS) return undefined;
  return new Date(now.getTime() + (ahead ? seconds : -seconds) * 1000).toISOString();
}

/** "2026-11-23", "2026-11-23 14:30:59 +01:00", "yesterday 22:00", "22:00", "monday", "nov 28 9:30 UTC". */
function parseCalendar(value: string, now: Date, latest: Date): Timestamp | undefined {
  const parts = CALENDAR.exec(value)?.groups;
  if (!parts) return undefined;
  const number = (name: string) => Number(parts[name] ?? 0);
  const [hour, minute, second] = [number('hour'), number('minute'), number('second')];
  const [zoneHour, zoneMinute] = [number('zoneHour'), number('zoneMinute')];
  if (hour > 23 || minute > 59 || second > 59 || zoneHour > 18 || zoneMinute > 59) return undefined;
  const offset = Number(`${parts['sign'] ?? ''}1`) * (zoneHour * 60 + zoneMinute);
  const local = parts['zone'] === undefined;
  // a time that a clock skips in spring is an hour later, one that it shows twice in autumn is the first
  const at = (...[year, month, day]: Day) =>
    local
      ? new Date(year, month, day, hour, minute, second)
      : new Date(Date.UTC(year, month, day, hour, minute - offset, second));
  const dayOf = (moment: Date): Day => {
    const there = new Date(moment.getTime() + offset * 60_000);
    return local
      ? [moment.getFullYear(), moment.getMonth(), moment.getDate()]
      : [there.getUTCFullYear(), there.getUTCMonth(), there.getUTCDate()];
  };
  const named = namedDay(parts, dayOf(now));
  if (parts['year'] && named && !exists(named)) return undefined;
  const moment = named
    ? at(...named)
    : recentDays(parts, dayOf(latest))
        .map((day) => at(...day))
        .find((m) => m <= latest);
  // to the microsecond, as the database prints it
  return moment?.toISOString().replace('.000Z', `.${(parts['fraction'] ?? '').padEnd(3, '0')}Z`);
}

/** Year, month from 0, and day, which may lie outside of the month. */
type Day = [year: number, month: number, day: number];
type Parts = Partial<Record<string, string>>;

function namedDay({ year, month, date, word = '', nth }: Parts, [y, m, d]: Day): Day | undefined {
  if (year) return [Number(year), Number(month) - 1, Number(date)];
  const offset = DAYS.indexOf(word.toLowerCase()) - 1;
  return offset < -1 || nth ? undefined : [y, m, d + offset];
}

/** Where no year is named: the days that can be meant, the latest first; none for a word that names no day. */
function recentDays({ word, nth }: Parts, [y, m, d]: Day): Day[] {
  // February 29 may be eight years ago
  const back = Array.from({ length: 9 }, (_, i) => i);
  const days = back.map((i): Day => [y, m, d - i]);
  if (!word) return days;
  const names = (name: string | undefined) => name?.startsWith(word.toLowerCase()) === true;
  if (nth) return back.map((i): Day => [y - i, MONTHS.findIndex(names), Number(nth)]).filter(exists);
  return days.filter((day) => names(WEEKDAYS[new Date(Date.UTC(...day)).getUTCDay()]));
}

/** Date makes March of February 30. */
function exists([year, month, day]: Day): boolean {
  const date = new Date(Date.UTC(year, month, day));
  return date.getUTCFullYear() === year && date.getUTCMonth() === month && date.getUTCDate() === day;
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
