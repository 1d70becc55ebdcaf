import type { Timestamp } from './session.ts';

/** A value and how many live sessions have it; null: unknown. */
export interface Tally {
  name: string | null;
  sessions: number;
}

/**
 * A user with live sessions: how many, from how many places, and when the latest of them was active; null: not known.
 */
export interface UserTally {
  username: string;
  sessions: number;
  limit: number | null;
  countries: number | null;
  addresses: number | null;
  devices: number | null;
  lastActivityAt: Timestamp | null;
}

/** The same where all of it is known. */
export interface KnownUserTally extends UserTally {
  limit: number;
  countries: number;
  addresses: number;
  devices: number;
  lastActivityAt: Timestamp;
}

/** Many live sessions of a user from one device and address. */
export interface Duplicates {
  username: string;
  sessions: number;
  device: string | null;
  ip: string | null;
}

/** How many countries, addresses, or sessions from one device and address are many. */
export interface Crowd {
  countries: number;
  addresses: number;
  duplicates: number;
}
