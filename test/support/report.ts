import type { Report } from '../../src/domain/report/report.ts';
import { SETTING_KEYS, SETTINGS } from '../../src/model/settings.ts';
import { JOURNEY } from './builders.ts';
import { NOW, someStats } from './stats.ts';

const at = NOW.toISOString();

const BY_ROOT = {
  id: 7,
  at,
  username: null,
  userId: null,
  by: 'root@tomo-1',
  actor: { osUser: 'root', host: 'tomo-1', dbRole: 'postgres' },
  reason: null,
  filter: null,
  kept: [],
  compromised: false,
  state: 'too-old',
  restorableUntil: null,
  restoredAt: null,
  restoredBy: null,
} satisfies Partial<Report['revocations'][number]>;

/** A report with something of everything; hostile names among them. */
export function aReport(changed: Partial<Report> = {}): Report {
  const hostile = `"><svg onload=alert(2)>' onmouseover='x`;
  return {
    database: 'tomo <b>',
    location: 'db.example.org:5432',
    standby: null,
    stats: someStats({ since: '2026-10-25T18:30:00.000Z' }),
    alerts: [
      {
        id: 1,
        kind: 'unusual_location',
        username: hostile,
        userId: '3f2a9c41-0000-4000-8000-000000000000',
        sessionId: null,
        createdAt: at,
        repeated: 0,
        lastSessionId: null,
        acknowledgedAt: null,
        acknowledgedBy: null,
        delivery: 'pending',
        delivered: {},
        attempts: 0,
        nextAttemptAt: null,
        lastError: null,
        evidence: { ...JOURNEY, to: { country: 'NG', city: '<img src=x onerror=alert(3)>' } },
      },
    ],
    revocations: [
      {
        ...BY_ROOT,
        scope: 'user',
        username: 'bob',
        reason: 'javascript:alert(4) </td></table><script>alert(5)</script>',
        sessions: 12,
        compromised: true,
        state: 'compromised',
      },
      {
        ...BY_ROOT,
        id: 8,
        scope: 'sessions',
        filter: { state: 'active', users: ['theo'], idleFor: 8 * 3600, not: { countries: ['DE'] } },
        sessions: 2,
      },
    ],
    housekeeping: { lastCleanupAt: null, cleanupFailed: [], openAlerts: 1 },
    settings: Object.fromEntries(SETTING_KEYS.map((key) => [key, SETTINGS[key].default])) as Report['settings'],
    ...changed,
  };
}
