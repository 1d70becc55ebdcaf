import type { Timestamp } from '../../model/session.ts';
import type { Crowd, Duplicates, Tally, UserTally } from '../../model/stats.ts';

/** What is asked of the sessions of an adopted server. */
export interface PlainQuestion {
  /** Whose; null: everybody's. */
  userIds: readonly string[] | null;
  /** How many values of each kind. */
  top: number;
  /** What is many; `users`: of one address. */
  many: Crowd & { users: number };
  loginsSince: Timestamp;
}

/** Many users who come from one address. */
export interface CrowdedAddress {
  ip: string;
  users: number;
  sessions: number;
}

/** When live sessions run out: within that time and not the one before. */
export type RunningOut = Record<'hour' | 'day' | 'week' | 'month' | 'later' | 'never', number>;

/** What can be counted of live sessions; null: the server does not keep it. */
export interface PlainFigures {
  at: Timestamp;
  live: number;
  /** Who has them. */
  users: number | null;
  top: UserTally[];
  scattered: UserTally[];
  duplicates: Duplicates[];
  devices: {
    all: Tally[];
    programs: { program: string | null; formFactor: 'tool' | 'bot'; sessions: number }[];
  } | null;
  addresses: { top: Tally[]; values: number; crowded: CrowdedAddress[] } | null;
  networks: { top: Tally[]; values: number } | null;
  expiry: RunningOut | null;
  /** By quarter of an hour, in seconds since 1970. */
  logins: { at: number; logins: number }[] | null;
}
