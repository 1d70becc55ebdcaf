import { loginHours } from '../../src/domain/report/login-hours.ts';
import type { TomoStats } from '../../src/domain/report/stats.ts';

/** Tuesday, 2026-11-24, 18:30 UTC. */
export const NOW = new Date('2026-11-24T18:30:00.000Z');
const at = NOW.toISOString();
const since = '2026-11-17T18:30:00.000Z';

/** Two logins in every hour of a working day, and nine at nine. */
const quarters = Array.from({ length: 7 * 24 }, (_, i) => new Date(Date.parse(at) - (i + 0.5) * 3_600_000))
  .filter((moment) => moment.getUTCHours() >= 7 && moment.getUTCHours() < 19 && moment.getUTCDay() % 6 !== 0)
  .map((moment) => ({ at: moment.getTime() / 1000, logins: moment.getUTCHours() === 9 ? 9 : 2 }));

/** Those of a month, so many times as many. */
export function aMonth(times: number): TomoStats['logins'] {
  const frame = { at, since: '2026-10-25T18:30:00.000Z', completeSince: '2026-10-25T18:30:00.000Z' };
  return loginHours(
    quarters.map(({ at, logins }) => ({ at, logins: logins * times })),
    frame,
    'UTC',
  );
}

/** Statistics with something of everything; hostile names among them. */
export function someStats(changed: Partial<TomoStats> = {}): TomoStats {
  const frame = { at, since, completeSince: since };
  const user = (username: string, sessions: number) => ({
    username,
    sessions,
    limit: 0,
    countries: 1,
    addresses: 2,
    devices: 2,
    lastActivityAt: '2026-11-24T18:29:00.000Z',
  });
  return {
    ...frame,
    usernames: null,
    totals: {
      live: 1234,
      users: 321,
      remembered: 400,
      ended: { logout: 2000, expired: 900, revoked: 30, evicted: 0 },
    },
    suspicious: [
      {
        kind: 'unusual-login',
        weight: 'bad',
        check: 'impossible-travel',
        sessionId: '3f2a9c41-0000-4000-8000-000000000000',
        username: 'alice',
        country: 'NG',
        city: 'Lagos',
        ip: '102.89.1.2',
        at,
      },
      { kind: 'open-alerts', weight: 'odd', alerts: 3, users: 2, kinds: { new_device: 3 }, latestAt: at },
      { kind: 'many-places', weight: 'odd', username: 'bob', sessions: 12, countries: 4, addresses: 11 },
      {
        kind: 'duplicates',
        weight: 'odd',
        username: "o'brien",
        sessions: 14,
        device: 'evil \u001b[31m\u202e name',
        ip: '10.12.4.20',
      },
      { kind: 'program', weight: 'odd', program: 'curl', formFactor: 'tool', sessions: 2 },
    ],
    byUser: {
      top: [user('alice', 40), user('bob', 12), user('<script>alert(1)</script>', 3)],
      others: { values: 318, sessions: 1179 },
    },
    byCountry: {
      top: [
        { name: 'DE', sessions: 900 },
        { name: 'NG', sessions: 1 },
        { name: null, sessions: 333 },
      ],
      others: { values: 0, sessions: 0 },
    },
    byDevice: { top: [{ name: 'Firefox on Windows', sessions: 1234 }], others: { values: 0, sessions: 0 } },
    byMethod: {
      top: [
        { name: 'password', sessions: 1000 },
        { name: 'sso', sessions: 234 },
      ],
      others: { values: 0, sessions: 0 },
    },
    logins: loginHours(quarters, frame, 'UTC'),
    limits: {
      over: 1,
      full: 1,
      near: 0,
      users: [
        { username: 'alice', sessions: 40, limit: 5 },
        { username: 'kiosk', sessions: 2, limit: 2 },
      ],
    },
    ...changed,
  };
}
