import { invalidField, TomoError } from '../../model/errors.ts';
import type { Timestamp } from '../../model/session.ts';

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;
/** A hundred years: beyond that a database's dates end sooner or later. */
const MOST_SECONDS = 3_155_760_000;
const DURATION = /^(\d{1,9})\s*([smhdw])$/i;
const INSTANT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?$/i;

/** "90m" to seconds. Throws INVALID_INPUT naming `field`. */
export function parseDuration(text: string, field: string): number {
  const seconds = durationSeconds(text.trim());
  if (seconds === undefined || seconds === 0 || seconds > MOST_SECONDS) {
    throw invalidField(field, `"${text}" is not a duration.`, 'Write a number and a unit: 90s, 30m, 2h, 7d, 2w.');
  }
  return seconds;
}

/**
 * A moment: ISO 8601 (local time without an offset), a date (its first moment, local), "90m" (so long ago),
 * "today", "yesterday", "now". Throws INVALID_INPUT naming `field`.
 */
export function parseMoment(text: string, field: string, now: Date): Timestamp {
  const value = text.trim();
  const ago = durationSeconds(value);
  const moment = ago !== undefined ? new Date(now.getTime() - ago * 1000) : parseCalendar(value, now);
  if (!moment || !(Math.abs(now.getTime() - moment.getTime()) <= MOST_SECONDS * 1000)) {
    throw new TomoError('INVALID_INPUT', `"${text}" is not a time.`, {
      field,
      hint: 'Write an ISO 8601 time (2026-11-23T14:30), a date (2026-11-23), how long ago (90m, 2h, 7d), today or yesterday.',
    });
  }
  return moment.toISOString();
}

/** `since` and `until`, of which the first must be earlier. Throws INVALID_INPUT. */
export function parsePeriod(
  input: { since?: string | undefined; until?: string | undefined },
  now: Date,
): { since?: Timestamp; until?: Timestamp } {
  const since = input.since === undefined ? undefined : parseMoment(input.since, 'since', now);
  const until = input.until === undefined ? undefined : parseMoment(input.until, 'until', now);
  if (since && until && since >= until) {
    const text = `"${input.since}" is not before the end, "${input.until}", so nothing can match.`;
    throw new TomoError('INVALID_INPUT', text, { field: 'since', hint: 'Swap the two.' });
  }
  return { ...(since ? { since } : {}), ...(until ? { until } : {}) };
}

function parseCalendar(value: string, now: Date): Date | undefined {
  const day = (offset: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + offset);
  switch (value.toLowerCase()) {
    case 'now':
      return now;
    case 'today':
      return day(0);
    case 'yesterday':
      return day(-1);
  }
  const [, year, month, dayOfMonth] = (/^(\d{4})-(\d{2})-(\d{2})/.exec(value) ?? []).map(Number);
  if (year === undefined || month === undefined || dayOfMonth === undefined) return undefined;
  const date = new Date(year, month - 1, dayOfMonth);
  // new Date() turns 2026-02-30 into March
  if (date.getMonth() !== month - 1 || date.getDate() !== dayOfMonth) return undefined;
  if (value.length === 10) return date;
  return INSTANT.test(value) ? new Date(value.replace(' ', 'T')) : undefined;
}

function durationSeconds(value: string): number | undefined {
  const match = DURATION.exec(value);
  if (!match) return undefined;
  return Number(match[1]) * SECONDS[String(match[2]).toLowerCase() as keyof typeof SECONDS];
}
