import type { Session } from '../../src/model/session.ts';

/** A live session of alice as the domain hands it to a view. */
export function aSessionView(values: Partial<Session> = {}): Session {
  return {
    id: '3f2a9c41-1111-4111-8111-0123456789ab',
    username: 'alice',
    userId: '00000000-0000-4000-8000-000000000001',
    state: 'active',
    device: 'Firefox on Windows',
    browser: 'Firefox',
    os: 'Windows',
    formFactor: 'desktop',
    userAgent: 'Mozilla/5.0',
    deviceId: null,
    deviceLabel: null,
    screen: null,
    timeZone: null,
    ip: '203.0.113.7',
    loginMethod: 'password',
    rememberMe: false,
    createdAt: '2026-11-23T12:00:00+00:00',
    lastActivityAt: '2026-11-23T14:00:00+00:00',
    expiresAt: '2026-11-23T15:00:00+00:00',
    endedAt: null,
    endReason: null,
    endedBy: null,
    revocationId: null,
    country: 'DE',
    region: null,
    city: 'Berlin',
    isp: null,
    latitude: null,
    longitude: null,
    locationCheck: null,
    ...values,
  };
}
