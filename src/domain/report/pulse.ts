import { type Database, readAtOnce } from '../../db/port/database.ts';
import { PULSE_ROWS, type PulseRows, selectPulse } from '../../db/report/pulse.ts';
import type { Timestamp } from '../../model/session.ts';
import type { Tally } from '../../model/stats.ts';
import { COUNT_CAP } from '../list/page.ts';

/** Minutes that are shown, the running one among them. */
export const PULSE_MINUTES = 60;
/** A look reads so many again: a login that began in them may have been committed since. */
const AGAIN = 2;

/** What happens, minute by minute: each list has PULSE_MINUTES numbers, the running minute last. */
export interface Pulse {
  /** By the clock of the database. */
  at: Timestamp;
  logins: number[];
  /** Logged out, evicted or revoked. */
  ended: number[];
  revocations: number[];
  alerts: number[];
  /** Counted to COUNT_CAP + 1, like the open alerts. */
  live: number;
  openAlerts: number;
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
    const read = await readAtOnce(db, (tx) => selectPulse(tx, minutes, COUNT_CAP + 1));
    const now = Math.floor(Date.parse(read.now) / 1000 / MINUTE) * MINUTE;
    const [oldest, again] = [now - (PULSE_MINUTES - 1) * MINUTE, now - minutes * MINUTE];
    const kept = <T extends { at: number }>(old: readonly T[] = [], fresh: readonly T[]): T[] =>
      [...old.filter(({ at }) => at < again), ...fresh].filter(({ at }) => at >= oldest);
    this.#rows = {
      ...read,
      logins: kept(before?.logins, read.logins),
      ended: kept(before?.ended, read.ended),
      revocations: kept(before?.revocations, read.revocations),
      alerts: kept(before?.alerts, read.alerts),
    };
    const found = read.logins.reduce((sum, { n }) => sum + n, 0);
    if (found >= PULSE_ROWS) this.#cut = now;
    return { ...pulseOf(this.#rows, oldest), cut: this.#cut >= oldest };
  }
}

function pulseOf(
  { now, logins, ended, revocations, alerts, live, openAlerts }: PulseRows,
  oldest: number,
): Omit<Pulse, 'cut'> {
  const perMinute = (rows: readonly { at: number; n: number }[]) => {
    const minutes = Array<number>(PULSE_MINUTES).fill(0);
    for (const { at, n } of rows) minutes[(at - oldest) / MINUTE] = (minutes[(at - oldest) / MINUTE] ?? 0) + n;
    return minutes;
  };
  const revoked = revocations.map(({ at, sessions: n }) => ({ at, n }));
  return {
    at: now,
    logins: perMinute(logins),
    ended: perMinute([...ended, ...revoked]),
    revocations: perMinute(revocations),
    alerts: perMinute(alerts),
    live,
    openAlerts,
    users: most(logins.map(({ username, n }) => [username, n])),
    addresses: most(logins.map(({ ip, n }) => [ip, n])),
  };
}

function most(counted: readonly (readonly [string | null, number])[]): Tally[] {
  const tallies = new Map<string | null, number>();
  for (const [name, n] of counted) tallies.set(name, (tallies.get(name) ?? 0) + n);
  return [...tallies]
    .map(([name, sessions]) => ({ name, sessions }))
    .sort((a, b) => b.sessions - a.sessions || String(a.name).localeCompare(String(b.name)));
}
