import type { Timestamp } from '../../model/session.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Milliseconds since 1970 as a time stamp. */
export function stamp(at: number): Timestamp {
  return new Date(Math.trunc(at)).toISOString();
}
