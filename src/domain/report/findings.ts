import type { Crowd, Duplicates, UserTally } from '../../db/report/stats.ts';
import type { OpenAlerts, UnusualLogin } from '../../db/report/suspects.ts';

/** So many countries or addresses of one user at once, or sessions from one device and address, are worth a look. */
export const MANY: Crowd = { countries: 3, addresses: 10, duplicates: 5 };

/** Something that somebody should look at. `bad`: act; `odd`: may have a good reason. */
export type Suspicion = { weight: 'bad' | 'odd' } & (
  | ({ kind: 'unusual-login' } & UnusualLogin)
  | { kind: 'inactive-user'; username: string; sessions: number }
  | ({ kind: 'open-alerts' } & OpenAlerts)
  | ({ kind: 'many-places' } & Pick<UserTally, 'username' | 'sessions' | 'countries' | 'addresses'>)
  | ({ kind: 'duplicates' } & Duplicates)
  | { kind: 'program'; program: string | null; formFactor: 'tool' | 'bot'; sessions: number }
);

/** What the findings are made from. */
export interface Suspects {
  unusual: UnusualLogin[];
  inactive: { username: string; sessions: number }[];
  alerts: OpenAlerts;
  scattered: UserTally[];
  duplicates: Duplicates[];
  programs: { dimension: string; name: string | null; sessions: number }[];
}

/** The worst first. */
export function findingsOf({ unusual, inactive, alerts, scattered, duplicates, programs }: Suspects): Suspicion[] {
  const findings: Suspicion[] = [
    ...unusual.map(
      (login): Suspicion => ({
        kind: 'unusual-login',
        weight: login.check === 'impossible-travel' ? 'bad' : 'odd',
        ...login,
      }),
    ),
    ...inactive.map((user): Suspicion => ({ kind: 'inactive-user', weight: 'bad', ...user })),
    ...(alerts.alerts > 0
      ? [{ kind: 'open-alerts', weight: alerts.kinds.unusual_location ? 'bad' : 'odd', ...alerts } satisfies Suspicion]
      : []),
    ...scattered.map(({ username, sessions, countries, addresses }): Suspicion => {
      return { kind: 'many-places', weight: 'odd', username, sessions, countries, addresses };
    }),
    ...duplicates.map((group): Suspicion => ({ kind: 'duplicates', weight: 'odd', ...group })),
    ...programs.map(({ dimension, name, sessions }): Suspicion => {
      return {
        kind: 'program',
        weight: 'odd',
        program: name,
        formFactor: dimension === 'bot' ? 'bot' : 'tool',
        sessions,
      };
    }),
  ];
  return [...findings.filter(({ weight }) => weight === 'bad'), ...findings.filter(({ weight }) => weight === 'odd')];
}
