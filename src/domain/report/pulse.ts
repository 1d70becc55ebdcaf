import { type Database, read, readAtOnce } from '../../db/port/database.ts';
import type { PulseQuestion, PulseRows } from '../../db/port/pulse.ts';
import { selectPulse } from '../../db/report/pulse.ts';
import type { Timestamp } from '../../model/session.ts';
import type { Tally } from '../../model/stats.ts';
import { COUNT_CAP } from '../list/page.ts';

/** Minutes that are shown, the running one among them. */
export const PULSE_MINUTES = 60;
/** A look reads so many again: a login that began in them may have been committed since. */
const AGAIN = 2;

/** So many rows of each kind are looked at. */
const PULSE_ROWS = 20_000;

/**
 * What happens, minute by minute: each list has PULSE_MINUTES numbers, the running minute last; null: that
 * is not kept there.
 */
export interface Pulse {
  /** By the clock of the database. */
  at: Timestamp;
  logins: number[] | null;
  /** Logged out, evicted or revoked. */
  ended: number[] | null;
  revocations: number[] | null;
  alerts: number[] | null;
  /** Counted to COUNT_CAP + 1, like the open alerts. */
  live: number;
  openAlerts: number | null;
  /** There were more logins than were read: those of the earliest minutes are missing. */
  cut: boolean;
  /** Those with the most logins in these minutes, the most first. */
  users: Tally[];
  addresses: Tally[];
}

const MINUTE = 60;

/** Keeps what has happened, so that each look reads the last minutes alone. */
export class PulseReader {
  #rows: PulseRows | undefined;
  /** When, by a clock that nobody sets. */
  #looked = 0;
  /** The minute of the latest look that did not read everything. */
  #cut = 0;

  /** Reads what has happened since the look before: all PULSE_MINUTES the first time, and after a pause as long. */
  async look(db: Database): Promise<Pulse> {
    const before = this.#rows;
    const passed = before ? Math.ceil((performance.now() - this.#looked) / 60_000) : PULSE_MINUTES;
    const minutes = Math.min(PULSE_MINUTES, passed + AGAIN - 1);
    this.#looked = performance.now();
    const found = await rowsOf(db, { minutes, cap: COUNT_CAP + 1, most: PULSE_ROWS });
    const now = Math.floor(Date.parse(found.now) / 1000 / MINUTE) * MINUTE;
    const [oldest, again] = [now - (PULSE_MINUTES - 1) * MINUTE, now - minutes * MINUTE];
    const kept = <T extends { at: number }>(old: readonly T[] | null = [], fresh: readonly T[] | null): T[] | null =>
      fresh && [...(old ?? []).filter(({ at }) => at < again), ...fresh].filter(({ at }) => at >= oldest);
    this.#rows = {
      ...found,
      logins: kept(before?.logins, found.logins),
      ended: kept(before?.ended, found.ended),
      revocations: kept(before?.revocations, found.revocations),
      alerts: kept(before?.alerts, found.alerts),
    };
    const logins = (found.logins ?? []).reduce((sum, { n }) => sum + n, 0);
    if (logins >= PULSE_ROWS) this.#cut = now;
    return { ...pulseOf(this.#rows, oldest), cut: this.#cut >= oldest };
  }
}

function rowsOf(db: Database, question: PulseQuestion): Promise<PulseRows> {
  const { pulse } = db.sessions;
  return pulse ? read(db, (tx) => pulse(tx, question)) : readAtOnce(db, (tx) => selectPulse(tx, question));
}

function pulseOf(
  { now, logins, ended, revocations, alerts, live, openAlerts }: PulseRows,
  oldest: number,
): Omit<Pulse, 'cut'> {
  const perMinute = (rows: readonly { at: number; n: number }[] | null) => {
    if (!rows) return null;
    const minutes = Array<number>(PULSE_MINUTES).fill(0);
    for (const { at, n } of rows) minutes[(at - oldest) / MINUTE] = (minutes[(at - oldest) / MINUTE] ?? 0) + n;
    return minutes;
  };
  const revoked = (revocations ?? []).map(({ at, sessions: n }) => ({ at, n }));
  return {
    at: now,
    logins: perMinute(logins),
    ended: perMinute(ended && [...ended, ...revoked]),
    revocations: perMinute(revocations),
    alerts: perMinute(alerts),
    live,
    openAlerts,
    users: most((logins ?? []).map(({ username, n }) => [username, n])),
    addresses: most((logins ?? []).map(({ ip, n }) => [ip, n])),
  };
}

function most(counted: readonly (readonly [string | null, number])[]): Tally[] {
  const tallies = new Map<string | null, number>();
  for (const [name, n] of counted) tallies.set(name, (tallies.get(name) ?? 0) + n);
  return [...tallies]
    .map(([name, sessions]) => ({ name, sessions }))
    .sort((a, b) => b.sessions - a.sessions || String(a.name).localeCompare(String(b.name)));
}
