import { type Database, read, type Transaction } from '../../db/port/database.ts';
import type { RunningOut } from '../../db/port/figures.ts';
import {
  type Dimension,
  type LimitedUser,
  type LiveSessions,
  type StatsFrame,
  selectCrowds,
  selectEndings,
  selectFrame,
  selectLiveSessions,
  selectLogins,
} from '../../db/report/stats.ts';
import { selectInactiveWithSessions, selectOpenAlerts, selectUnusualLogins } from '../../db/report/suspects.ts';
import type { EndReason, Timestamp } from '../../model/session.ts';
import type { KnownUserTally, Tally, UserTally } from '../../model/stats.ts';
import { requireUsers } from '../user/users.ts';
import { type LoginHours, loginHours } from './login-hours.ts';
import { MANY, programsIn, type Suspicion, suspicionsOf } from './suspicions.ts';

/** The most frequent values, and how many others there are with how many sessions. */
export interface Ranking<T = Tally> {
  top: T[];
  others: { values: number; sessions: number };
}

/**
 * Who is in, from where, with what, and when they log in. This is also what `--json` prints: its keys are a contract.
 * What a server does not keep is null.
 */
export interface SessionStats extends StatsFrame {
  /** Whose sessions; null: everybody's. */
  usernames: string[] | null;
  totals: {
    live: number;
    /** Who has them. */
    users: number | null;
    remembered: number | null;
    /** Since the beginning of the period, as far as they are still on record. */
    ended: Record<EndReason, number> | null;
  };
  /** What somebody should look at, the worst first. */
  suspicious: Suspicion[];
  byUser: Ranking<UserTally> | null;
  byCountry: Ranking | null;
  byDevice: Ranking | null;
  byMethod: Ranking | null;
  /** On an adopted server, where places are not known. */
  byAddress?: Ranking | null;
  byNetwork?: Ranking | null;
  expiry?: RunningOut | null;
  logins: LoginHours | null;
  /** Users above their limit, at it (full), and close to it (four fifths); the first of them. */
  limits: { over: number; full: number; near: number; users: LimitedUser[] } | null;
  /** On an adopted server: what it does not keep. */
  unknownFields?: readonly string[];
}

/** Those of the schema `tomo`, where everything is known. */
export interface TomoStats extends SessionStats {
  totals: { live: number; users: number; remembered: number; ended: Record<EndReason, number> };
  byUser: Ranking<KnownUserTally>;
  byCountry: Ranking;
  byDevice: Ranking;
  byMethod: Ranking;
  logins: LoginHours;
  limits: NonNullable<SessionStats['limits']>;
}

export interface StatsQuestion {
  since: Timestamp;
  usernames: string[] | null;
  /** How many values of each kind. */
  top: number;
  /** IANA name. */
  timeZone: string;
}

/** The statistics, from one snapshot. Throws NOT_FOUND for an unknown user. */
export function sessionStats(db: Database, question: StatsQuestion): Promise<SessionStats> {
  return read(
    db,
    (tx) => (tx.sessions.figures ? plainStats(tx, question) : collectStats(tx, question)),
    STATS_TRANSACTION,
  );
}

/** Counting a million sessions takes a second or two. */
export const STATS_TRANSACTION = { parallel: true, statementTimeout: 60_000 };

/** The statistics within a transaction that was begun with STATS_TRANSACTION; nothing is asked after them. */
export async function collectStats(tx: Transaction, question: StatsQuestion): Promise<TomoStats> {
  const { since, usernames, top, timeZone } = question;
  const named = usernames ? await requireUsers(tx, usernames) : null;
  const ids = named?.map(({ id }) => id) ?? null;
  const [frame, open, inactive, alerts] = await Promise.all([
    selectFrame(tx, since),
    selectLiveSessions(tx, ids, top),
    selectInactiveWithSessions(tx, ids, top),
    selectOpenAlerts(tx, ids),
  ]);
  tx.last();
  const [crowds, unusual, ended, logins] = await Promise.all([
    selectCrowds(tx, open.watched, top, MANY),
    open.unusual > 0 ? selectUnusualLogins(tx, ids, top) : [],
    selectEndings(tx, ids, frame.since),
    selectLogins(tx, ids, loginsFrom(frame.since, frame.at)),
  ]);
  const { live } = open;
  const suspects = { ...crowds, unusual, inactive, alerts, programs: programsIn(open.tallies) };
  return {
    ...frame,
    usernames: named?.map(({ username }) => username) ?? null,
    totals: { live, users: open.users, remembered: open.remembered, ended },
    suspicious: suspicionsOf(suspects),
    byUser: ranking(crowds.top, open.users, live),
    byCountry: rankingOf(open, 'country', live),
    byDevice: rankingOf(open, 'device', live),
    byMethod: rankingOf(open, 'method', live),
    logins: loginHours(logins, frame, timeZone),
    limits: { over: open.over, full: open.full, near: open.near, users: open.limited },
  };
}

/** Of an adopted server: what its table says. */
async function plainStats(tx: Transaction, { since, usernames, top, timeZone }: StatsQuestion): Promise<SessionStats> {
  const { figures } = tx.sessions;
  if (!figures) throw new Error('there are no plain figures of this server');
  const named = usernames ? await requireUsers(tx, usernames) : null;
  const userIds = named?.map(({ id }) => id) ?? null;
  const found = await figures(tx, {
    userIds,
    top,
    many: MANY,
    loginsSince: loginsFrom(since, new Date().toISOString()),
  });
  const { at, live, users, devices, addresses, networks, expiry, logins } = found;
  const frame = { at, since, completeSince: since };
  const stats = {
    totals: { live, users, remembered: null, ended: null },
    byUser: users === null ? null : ranking(found.top, users, live),
    byCountry: null,
    byDevice: devices && ranking(devices.all.slice(0, top), devices.all.length, live),
    byMethod: null,
    byAddress: addresses && ranking(addresses.top, addresses.values, live),
    byNetwork: networks && ranking(networks.top, networks.values, live),
    expiry,
    logins: logins && loginHours(logins, frame, timeZone),
    limits: null,
  };
  const suspicious = suspicionsOf({
    unusual: [],
    inactive: [],
    alerts: { alerts: 0, users: 0, kinds: {}, latestAt: null },
    scattered: found.scattered,
    duplicates: found.duplicates,
    crowded: addresses?.crowded ?? [],
    programs: devices?.programs.slice(0, top) ?? [],
  });
  const unknownFields = Object.entries({ ...stats, ...stats.totals }).flatMap(([key, value]) =>
    value === null ? [key] : [],
  );
  return { ...frame, usernames: named?.map(({ username }) => username) ?? null, ...stats, suspicious, unknownFields };
}

/** The last day is shown whatever the period is. */
function loginsFrom(since: Timestamp, at: Timestamp): Timestamp {
  return new Date(Math.min(Date.parse(since) - 900_000, Date.parse(at) - 90_000_000)).toISOString();
}

function rankingOf({ tallies, values }: LiveSessions, dimension: Dimension, live: number): Ranking {
  const of = tallies.filter((tally) => tally.dimension === dimension);
  return ranking(
    of.map(({ name, sessions }) => ({ name, sessions })),
    values[dimension] ?? 0,
    live,
  );
}

function ranking<T extends { sessions: number }>(top: T[], values: number, live: number): Ranking<T> {
  const shown = top.reduce((sum, { sessions }) => sum + sessions, 0);
  return { top, others: { values: values - top.length, sessions: live - shown } };
}
