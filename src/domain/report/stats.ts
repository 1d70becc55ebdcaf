import { type Database, read, type Transaction } from '../../db/port/database.ts';
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
  selectUserSessions,
  type Tally,
  type UserTally,
} from '../../db/report/stats.ts';
import { selectInactiveWithSessions, selectOpenAlerts, selectUnusualLogins } from '../../db/report/suspects.ts';
import type { EndReason, Timestamp } from '../../model/session.ts';
import { requireUsers } from '../user/users.ts';
import { type LoginHours, loginHours } from './login-hours.ts';
import { MANY, programsIn, type Suspicion, suspicionsOf } from './suspicions.ts';

/** The most frequent values, and how many others there are with how many sessions. */
export interface Ranking<T = Tally> {
  top: T[];
  others: { values: number; sessions: number };
}

/** Who is in, from where, with what, and when they log in. This is also what `--json` prints: its keys are a contract. */
export interface SessionStats extends StatsFrame {
  /** Whose sessions; null: everybody's. */
  usernames: string[] | null;
  totals: {
    live: number;
    /** Who has them. */
    users: number;
    remembered: number;
    /** Since the beginning of the period, as far as they are still on record. */
    ended: Record<EndReason, number>;
  };
  /** What somebody should look at, the worst first. */
  suspicious: Suspicion[];
  byUser: Ranking<UserTally>;
  byCountry: Ranking;
  byDevice: Ranking;
  byMethod: Ranking;
  logins: LoginHours;
  /** Users above their limit, at it (full), and close to it (four fifths); the first of them. */
  limits: { over: number; full: number; near: number; users: LimitedUser[] };
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
  return read(db, (tx) => collectStats(tx, question), STATS_TRANSACTION);
}

/** Counting a million sessions takes a second or two and every process there is. */
export const STATS_TRANSACTION = { parallel: true, statementTimeout: 60_000 };

/** The statistics within a transaction that was begun with STATS_TRANSACTION. */
export async function collectStats(tx: Transaction, question: StatsQuestion): Promise<SessionStats> {
  const { since, usernames, top, timeZone } = question;
  const named = usernames ? await requireUsers(tx, usernames) : null;
  const ids = named?.map(({ id }) => id) ?? null;
  const frame = await selectFrame(tx, since);
  const open = await selectLiveSessions(tx, ids, top);
  const users = await selectUserSessions(tx, ids, top);
  const crowds = await selectCrowds(tx, users.watched, top, MANY);
  const { live } = open;
  const suspects = {
    ...crowds,
    unusual: open.unusual > 0 ? await selectUnusualLogins(tx, ids, top) : [],
    inactive: await selectInactiveWithSessions(tx, ids, top),
    alerts: await selectOpenAlerts(tx, ids),
    programs: programsIn(open.tallies),
  };
  const ended = await selectEndings(tx, ids, frame.since);
  // the last day is shown whatever the period is
  const from = new Date(Math.min(Date.parse(frame.since) - 900_000, Date.parse(frame.at) - 90_000_000)).toISOString();
  return {
    ...frame,
    usernames: named?.map(({ username }) => username) ?? null,
    totals: { live, users: users.users, remembered: open.remembered, ended },
    suspicious: suspicionsOf(suspects),
    byUser: ranking(crowds.top, users.users, live),
    byCountry: rankingOf(open, 'country', live),
    byDevice: rankingOf(open, 'device', live),
    byMethod: rankingOf(open, 'method', live),
    logins: loginHours(await selectLogins(tx, ids, from), frame, timeZone),
    limits: { over: users.over, full: users.full, near: users.near, users: users.limited },
  };
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
