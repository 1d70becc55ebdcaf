import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { DemoSession } from '../../src/db/demo/tables.ts';
import { makeDemoWorld } from '../../src/domain/demo/demo-world.ts';
import { DEMO_MARK } from '../../src/domain/demo/mark.ts';

const NOW = new Date('2026-11-23T13:00:00Z');
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const world = makeDemoWorld(NOW);
const users = new Map(world.users.map((user) => [user.username, user]));

const ago = (at: string) => NOW.getTime() - Date.parse(at);
const timeout = (session: DemoSession) => (session.rememberMe ? 30 * DAY : 60 * MINUTE);
const isLive = (session: DemoSession) => session.endedAt === null && ago(session.lastActivityAt) < timeout(session);
const live = world.sessions.filter(isLive);
const ended = world.sessions.filter(({ endedAt }) => endedAt !== null);
const of = (username: string, sessions = live) => sessions.filter(({ userId }) => userId === users.get(username)?.id);
const agentOf = (session: DemoSession) => world.userAgents.find(({ id }) => id === session.userAgentId);

describe('the same world', () => {
  it('is made for the same moment', () => {
    expect(makeDemoWorld(new Date(NOW))).toEqual(world);
  });

  it('has the same ids, users and addresses at any moment', () => {
    const later = makeDemoWorld(new Date(NOW.getTime() + 123 * DAY + 7 * 60 * MINUTE + 1));
    const fixed = (sessions: DemoSession[]) =>
      sessions.map(({ id, userId, deviceId, ip, rememberMe }) => [id, userId, deviceId, ip, rememberMe]);
    expect(fixed(later.sessions)).toEqual(fixed(world.sessions));
    expect(later.users.map(({ id }) => id)).toEqual(world.users.map(({ id }) => id));
  });

  it('is known by the id of its admin', () => {
    expect(users.get('admin')?.id).toBe(DEMO_MARK);
  });
});

describe('how many', () => {
  it('60 users: one admin, some readonly, three inactive', () => {
    expect(world.users).toHaveLength(60);
    expect(world.users.filter(({ role }) => role === 'admin').map(({ username }) => username)).toEqual(['admin']);
    expect(world.users.filter(({ role }) => role === 'readonly')).toHaveLength(5);
    expect(world.users.filter(({ isActive }) => !isActive)).toHaveLength(3);
    expect(users.has('alice') && users.has('bob')).toBe(true);
  });

  it('400 live sessions, 120 of them remembered; 2,000 ended; 40 run out and not marked', () => {
    expect(live).toHaveLength(400);
    expect(live.filter(({ rememberMe }) => rememberMe)).toHaveLength(120);
    expect(ended).toHaveLength(2000);
    expect(world.sessions).toHaveLength(2440);
  });

  it('every way to end, and a few thousand requests', () => {
    expect(new Set(ended.map(({ endReason }) => endReason))).toEqual(
      new Set(['logout', 'expired', 'revoked', 'evicted']),
    );
    expect(world.activity.length).toBeGreaterThan(2000);
    expect(world.activity.length).toBeLessThan(6000);
  });

  it('sessions of those whom the commands to try name', () => {
    expect(of('admin').length).toBeGreaterThan(2);
    expect(of('bob').length).toBeGreaterThan(2);
  });
});

describe('times', () => {
  it('are in order', () => {
    for (const session of world.sessions) {
      expect(session.createdAt <= session.lastActivityAt, session.id).toBe(true);
      expect(ago(session.lastActivityAt), session.id).toBeGreaterThan(0);
      if (session.endedAt) expect(session.lastActivityAt <= session.endedAt, session.id).toBe(true);
    }
  });

  it('leave every live session some minutes', () => {
    for (const session of live)
      expect(ago(session.lastActivityAt), session.id).toBeLessThan(session.rememberMe ? 29 * DAY : 55 * MINUTE);
  });

  it('of ended sessions are of the last week, and no later than the timeout', () => {
    for (const session of ended) {
      expect(ago(String(session.endedAt)), session.id).toBeGreaterThan(0);
      expect(ago(String(session.endedAt)), session.id).toBeLessThan(7 * DAY);
      const quiet = Date.parse(String(session.endedAt)) - Date.parse(session.lastActivityAt);
      if (session.endReason === 'expired') expect(quiet, session.id).toBe(timeout(session));
      else expect(quiet, session.id).toBeLessThan(timeout(session));
    }
  });

  it('of devices, places and accounts enclose those of the sessions', () => {
    const devices = new Map(world.devices.map((device) => [device.id, device]));
    const places = new Map(world.places.map((place) => [`${place.userId} ${place.country}`, place]));
    const created = new Map(world.users.map(({ id, createdAt }) => [id, createdAt]));
    for (const { id, userId, deviceId, country, createdAt } of world.sessions) {
      expect(String(created.get(userId)) <= createdAt, id).toBe(true);
      for (const seen of [devices.get(deviceId), ...(country ? [places.get(`${userId} ${country}`)] : [])]) {
        expect(
          seen && seen.userId === userId && seen.firstSeenAt <= createdAt && seen.lastSeenAt >= createdAt,
          id,
        ).toBe(true);
      }
    }
  });

  it('of requests lie within their session', () => {
    const sessions = new Map(world.sessions.map((session) => [session.id, session]));
    for (const { sessionId, at } of world.activity) {
      const session = sessions.get(sessionId);
      expect(session && session.createdAt <= at && at <= session.lastActivityAt, `${sessionId} ${at}`).toBe(true);
    }
  });
});

describe('what the tables allow', () => {
  it('ids are unique, also by their first eight digits', () => {
    const ids = world.sessions.map(({ id }) => id);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(ids.map((id) => id.slice(0, 8))).size).toBe(ids.length);
  });

  it('one device for each user and fingerprint of 32 bytes', () => {
    expect(new Set(world.devices.map(({ userId, fingerprint }) => `${userId} ${fingerprint}`)).size).toBe(
      world.devices.length,
    );
    for (const { fingerprint } of world.devices) expect(fingerprint).toMatch(/^\\x[0-9a-f]{64}$/);
  });

  it('an end has a reason, and only a revocation somebody who did it', () => {
    for (const session of world.sessions) {
      expect(session.endedAt === null).toBe(session.endReason === null);
      expect(session.endedBy !== null).toBe(session.endReason === 'revoked');
    }
    for (const { id, marked } of world.revocations)
      expect(world.sessions.filter(({ revocationId }) => revocationId === id)).toHaveLength(marked);
  });

  it('nobody has more live sessions than allowed, and who is inactive has none', () => {
    for (const { userId, maxSessions } of world.controls) {
      const open = live.filter((session) => session.userId === userId).length;
      if (maxSessions !== null) expect(open).toBeLessThanOrEqual(maxSessions);
    }
    for (const { username } of world.users.filter(({ isActive }) => !isActive)) expect(of(username)).toEqual([]);
  });

  it('addresses are private or for documentation', () => {
    for (const { ip } of world.sessions) {
      expect(isIP(ip), ip).not.toBe(0);
      expect(ip).toMatch(/^(10\.|203\.0\.113\.|198\.51\.100\.|192\.0\.2\.|2001:db8:)/);
    }
  });

  it('user agents are recognised', () => {
    const forms = ['desktop', 'mobile', 'tablet', 'tv', 'bot', 'tool'];
    for (const { raw, browser, os, formFactor } of world.userAgents) {
      if (raw.includes('\u001b')) continue;
      expect(forms, raw).toContain(formFactor);
      expect(browser, raw).toMatch(formFactor === 'tool' ? /^python-requests$/ : /^(Firefox|Chrome|Safari|Edge)$/);
      if (formFactor !== 'tool') expect(os, raw).toMatch(/^(Windows|macOS|Linux|Android|iOS)$/);
    }
  });

  it('paths carry no query', () => {
    for (const { path } of world.activity) expect(path).not.toMatch(/[?#]/);
  });
});

describe('what an operator should find', () => {
  it('alice in Lagos, 20 minutes after Berlin, on a new device', () => {
    const [lagos, ...more] = live.filter(({ country }) => country === 'NG');
    expect(more).toEqual([]);
    expect(lagos?.userId).toBe(users.get('alice')?.id);
    const before = of('alice', world.sessions)
      .filter(({ id }) => id !== lagos?.id)
      .sort((a, b) => (a.lastActivityAt < b.lastActivityAt ? 1 : -1));
    expect(new Set(before.map(({ city }) => city))).toEqual(new Set(['Berlin']));
    expect([lagos, ...before].map((session) => session?.locationCheck)).toEqual([
      'impossible-travel',
      ...before.map(() => 'usual'),
    ]);
    expect(Date.parse(String(lagos?.createdAt)) - Date.parse(String(before[0]?.lastActivityAt))).toBe(20 * MINUTE);
    expect(before.some(({ deviceId }) => deviceId === lagos?.deviceId)).toBe(false);
    expect(world.alerts.map(({ kind, sessionId }) => [kind, sessionId])).toEqual([
      ['unusual_location', lagos?.id],
      ['new_device', lagos?.id],
    ]);
  });

  it('a script that never logs out', () => {
    expect(of('ci-deploy').map((session) => agentOf(session)?.formFactor)).toEqual(Array(14).fill('tool'));
    expect(new Set(of('ci-deploy').map(({ ip, deviceId }) => `${ip} ${deviceId}`)).size).toBe(1);
  });

  it('one login that nobody has used for 25 days', () => {
    const idle = live.filter(({ lastActivityAt }) => ago(lastActivityAt) > 20 * DAY);
    expect(idle.map(({ userId, rememberMe }) => [userId, rememberMe])).toEqual([[users.get('henrik')?.id, true]]);
  });

  it('a client and a city that want to act on the terminal', () => {
    const hostile = live.filter(({ city }) => city?.includes('\u001b'));
    expect(hostile).toHaveLength(1);
    for (const session of hostile) {
      expect(session.city).toContain('\u202e');
      expect(agentOf(session)?.raw).toContain('\u001b');
      expect(agentOf(session)?.raw).toContain('\u202e');
    }
  });
});
