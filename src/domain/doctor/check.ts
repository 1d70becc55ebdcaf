import type { Transaction } from '../../db/port/database.ts';
import type { Timestamp } from '../../model/session.ts';
import type { SettingKey } from '../../model/settings.ts';
import type { Environment } from '../settings/show.ts';

/** unknown: it could not be looked at; the detail says why. */
export type CheckVerdict = 'ok' | 'warning' | 'problem' | 'unknown';

/** The headings. The first words of four of them are those of Tomo's guide to trouble with sessions. */
export const AREAS = {
  database: 'Database',
  expires: 'Session expires too quickly',
  revoke: 'Cannot revoke session',
  duplicates: 'Duplicate sessions',
  persist: 'Session not persisting',
  storage: 'Cleanup and storage',
  rights: 'Rights and secrets',
  alerts: 'Alerts and places',
} as const;
export type Area = keyof typeof AREAS;

/** What one look has shown. */
export interface Seen {
  verdict: CheckVerdict;
  title: string;
  detail: string | null;
  /** What mends it, or for what is in order: where to look closer. */
  steps: Step[];
}

/**
 * A thing to do. A text: SQL or a command of the system, to be copied, which may hold outside text. An object: what
 * this program can do.
 */
export type Step = string | Deed;
export type Deed = { note?: string } & (
  | { do: PlainDeed }
  | { do: 'check-site'; url?: string }
  | { do: 'explain-session'; id?: string | undefined }
  | { do: 'grant'; role: 'viewer' | 'operator'; name?: string }
  | { do: 'list-sessions'; user?: string; device?: string; only?: 'oldest-first' | 'last-hour' }
  | { do: 'reset'; key: SettingKey }
  | { do: 'revoke-user'; user: string }
  | { do: 'schedule'; job: 'cleanup' | 'alerts' }
  | { do: 'set'; key: SettingKey; value: string | number; simulate?: true }
);

export type PlainDeed =
  | 'apply-environment'
  | 'check-token'
  | 'clean-up'
  | 'list-activity'
  | 'list-alerts'
  | 'migrate'
  | 'place-logins'
  | 'revoke-session'
  | 'send-alerts'
  | 'send-dead-alerts'
  | 'update';

export interface CheckResult extends Seen {
  id: string;
  area: Area;
}

/** One thing to look at in the database. `look` may throw: that becomes "unknown". */
export interface Check {
  id: string;
  area: Area;
  /** What could not be looked at, when that is so: "the indexes". */
  subject: string;
  look: (tx: Transaction, input: DoctorInput) => Promise<Seen>;
  /** Nothing else may be asked meanwhile. */
  alone?: true;
}

export function check(id: string, area: Area, subject: string, look: Check['look']): Check {
  return { id, area, subject, look };
}

/** One that measures time. */
export function measurement(id: string, area: Area, subject: string, look: Check['look']): Check {
  return { id, area, subject, look, alone: true };
}

/** Something that was read or not. */
export type Attempt<T> = { ok: true; value: T } | { ok: false; message: string; hint: string | null };

export interface TokenFacts {
  /** Seconds since 1970, as the token says; null where it says nothing of the kind. */
  issuedAt: number | null;
  /** Why a server would refuse it, a plain sentence; null: nothing found. */
  refusal: string | null;
}

export interface GeoFile {
  kind: string;
  file: string;
  /** Null: it cannot be read. */
  modified: Timestamp | null;
}

/** What came back from one request to the server of Tomo. */
export interface SiteAnswer {
  url: string;
  status: number;
  location: string | null;
  /** The Set-Cookie headers. */
  cookies: string[];
  /** Seconds that the server's clock (header Date) is ahead of this machine's; null without one. */
  ahead: number | null;
}

/** A file, or where it would be made. */
export interface FileFacts {
  path: string;
  there: boolean;
  /** By this user. */
  writable: boolean;
  mode: number | null;
  /** Number of the user whose it is, and whether it is this one's. */
  owner: number | null;
  own: boolean;
}

/** What is known beside the database. */
export interface DoctorInput {
  /** The variables that are named like settings, as the caller sees them. */
  environment: Environment;
  clock: () => Date;
  token: TokenFacts | null;
  configFile: Attempt<string>;
  /** How many previous signing keys; null: there is no key. */
  keys: Attempt<number | null>;
  /** Ways out for alerts; none where nothing is set up. */
  channels: Attempt<string[]>;
  geoFiles: GeoFile[];
  /** Of an adopted server: its database where that is a file, and the operator's own audit; null: there is none. */
  databaseFile?: FileFacts | null;
  auditFile?: FileFacts | null;
  /** Null: not asked for. */
  site: Attempt<SiteAnswer> | null;
}

export const SYNC = 'timedatectl set-ntp true   # on the machine whose clock is wrong';

const seen =
  (verdict: CheckVerdict) =>
  (title: string, detail: string | null = null, ...steps: Step[]): Seen => ({ verdict, title, detail, steps });
export const ok = seen('ok');
export const warning = seen('warning');
export const problem = seen('problem');
export const unknown = seen('unknown');

/** "1 session", "2 sessions"; "more than 1000" where counting stopped behind that. */
export function some(n: number, noun: string, cap = Number.POSITIVE_INFINITY): string {
  return n > cap ? `more than ${cap} ${noun}s` : `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** "45 s", "3 min", "2 h", "5 days". */
export function span(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}

/** "3 min ahead of", "45 s behind". */
export function skew(ahead: number): string {
  return `${span(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'}`;
}
