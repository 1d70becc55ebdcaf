import type { Timestamp } from '../../model/session.ts';

/**
 * What has happened in one minute; null: that is not kept there. Logins are told by user and address; `at`: its
 * beginning, in seconds since 1970.
 */
export interface PulseRows {
  /** By the clock of the database. */
  now: Timestamp;
  logins: { at: number; username: string | null; ip: string | null; n: number }[] | null;
  /** Logged out or evicted. */
  ended: { at: number; n: number }[] | null;
  /** `sessions`: how many those ended; of some nobody has counted them. */
  revocations: { at: number; n: number; sessions: number }[] | null;
  alerts: { at: number; n: number }[] | null;
  /** Counted to `cap`. */
  live: number;
  openAlerts: number | null;
}

export interface PulseQuestion {
  /** From the beginning of the minute so many before the running one. */
  minutes: number;
  cap: number;
  /** So many rows of each kind are looked at, the latest first. */
  most: number;
}
