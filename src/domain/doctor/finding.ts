import type { Transaction } from '../../db/port/database.ts';
import type { Timestamp } from '../../model/session.ts';
import type { Environment } from '../settings/show.ts';

/** unknown: it could not be looked at; the detail says why. */
export type Verdict = 'ok' | 'warning' | 'problem' | 'unknown';

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
  verdict: Verdict;
  title: string;
  detail: string | null;
  /** The exact command or SQL, one a line; null where there is nothing to do. May hold outside text. */
  fix: string | null;
}

export interface Finding extends Seen {
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
  /** Null: not asked for. */
  site: Attempt<SiteAnswer> | null;
}

export const ok = (title: string, detail: string | null = null): Seen => ({ verdict: 'ok', title, detail, fix: null });
export const warning = (title: string, detail: string | null, fix: string | null): Seen => ({
  verdict: 'warning',
  title,
  detail,
  fix,
});
export const problem = (title: string, detail: string | null, fix: string | null): Seen => ({
  verdict: 'problem',
  title,
  detail,
  fix,
});
export const unknown = (title: string, detail: string | null, fix: string | null = null): Seen => ({
  verdict: 'unknown',
  title,
  detail,
  fix,
});

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
