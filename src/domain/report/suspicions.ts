import type { CrowdedAddress } from '../../db/port/figures.ts';
import type { LiveSessions } from '../../db/report/stats.ts';
import type { OpenAlerts, UnusualLogin } from '../../db/report/suspects.ts';
import type { Crowd, Duplicates, UserTally } from '../../model/stats.ts';

/**
 * One definition for whoever looks: so many countries or addresses of one user at once, sessions from one device and
 * address, or users of one address, are worth a look.
 */
export const MANY: Crowd & { users: number } = { countries: 3, addresses: 10, duplicates: 5, users: 10 };

/** What has sessions and is no browser, as its user agent says. */
export interface Program {
  program: string | null;
  formFactor: 'tool' | 'bot';
  sessions: number;
}

/** Those with the most sessions first. */
export function programsIn(tallies: LiveSessions['tallies']): Program[] {
  return tallies
    .flatMap(({ dimension, name, sessions }) =>
      dimension === 'tool' || dimension === 'bot' ? [{ program: name, formFactor: dimension, sessions }] : [],
    )
    .toSorted((a, b) => b.sessions - a.sessions);
}

/** Something that somebody should look at. `bad`: act; `odd`: may have a good reason. */
export type Suspicion = { weight: 'bad' | 'odd' } & (
  | ({ kind: 'unusual-login' } & UnusualLogin)
  | { kind: 'inactive-user'; username: string; sessions: number }
  | ({ kind: 'open-alerts' } & OpenAlerts)
  | ({ kind: 'many-places' } & Pick<UserTally, 'username' | 'sessions' | 'countries' | 'addresses'>)
  | ({ kind: 'duplicates' } & Duplicates)
  | ({ kind: 'crowded-address' } & CrowdedAddress)
  | ({ kind: 'program' } & Program)
);

/** What they are made from. */
export interface Suspects {
  unusual: UnusualLogin[];
  inactive: { username: string; sessions: number }[];
  alerts: OpenAlerts;
  scattered: UserTally[];
  duplicates: Duplicates[];
  /** None: they are not counted. */
  crowded?: CrowdedAddress[];
  programs: Program[];
}

/** The worst first. */
export function suspicionsOf({
  unusual,
  inactive,
  alerts,
  scattered,
  duplicates,
  crowded = [],
  programs,
}: Suspects): Suspicion[] {
  const suspicions: Suspicion[] = [
    ...unusual.map((login): Suspicion => {
      return { kind: 'unusual-login', weight: login.check === 'impossible-travel' ? 'bad' : 'odd', ...login };
    }),
    ...inactive.map((user): Suspicion => ({ kind: 'inactive-user', weight: 'bad', ...user })),
    ...[alerts]
      .filter((open) => open.alerts > 0)
      .map((open): Suspicion => {
        return { kind: 'open-alerts', weight: open.kinds.unusual_location ? 'bad' : 'odd', ...open };
      }),
    ...scattered.map(({ username, sessions, countries, addresses }): Suspicion => {
      return { kind: 'many-places', weight: 'odd', username, sessions, countries, addresses };
    }),
    ...duplicates.map((group): Suspicion => ({ kind: 'duplicates', weight: 'odd', ...group })),
    ...crowded.map((address): Suspicion => ({ kind: 'crowded-address', weight: 'odd', ...address })),
    ...programs.map((program): Suspicion => ({ kind: 'program', weight: 'odd', ...program })),
  ];
  return suspicions.toSorted((a, b) => Number(b.weight === 'bad') - Number(a.weight === 'bad'));
}
