import type { Timestamp } from './session.ts';

/** What a user has logged in from. This is also what `--json` prints: its keys are a contract. */
export interface Device {
  id: string;
  username: string;
  userId: string;
  /** Browser and operating system in words; null when unknown. */
  device: string | null;
  browser: string | null;
  os: string | null;
  formFactor: string | null;
  /** What it called itself at the latest login: outside text. */
  userAgent: string | null;
  screen: string | null;
  timeZone: string | null;
  label: string | null;
  /** A login from it is not notified. */
  trusted: boolean;
  firstSeenAt: Timestamp;
  /** The latest login. */
  lastSeenAt: Timestamp;
  liveSessions: number;
}

/** Which devices. Missing keys: every one. */
export interface DeviceFilter {
  /** User names; case does not matter. */
  users?: string[] | undefined;
  trusted?: boolean | undefined;
  /** First seen at or after. */
  newSince?: Timestamp | undefined;
  /** None of these. */
  not?: Pick<DeviceFilter, 'users'> | undefined;
}
