import type { DemoDevice, DemoSession, DemoUserAgent, DemoUserPlace, DemoWorld } from '../../db/demo/tables.ts';
import { makeActivity } from './activity.ts';
import type { Client } from './clients.ts';
import { findClient, HOSTILE_USER_AGENT, makeClients, sha256 } from './clients.ts';
import { type Device, makePeople, type Person } from './people.ts';
import { endedSessions, expiredSessions, liveSessions } from './sessions.ts';
import { pastRevocations, tellStories, usualPast } from './stories.ts';

const LIVE = 400;
const REMEMBERED = 120;
const EXPIRED = 40;
const PAST = { alice: 28, script: 60 };
const ENDED = { logout: 1012, expired: 700, revoked: 120, evicted: 60 };

/**
 * An invented world to try tomo on: 60 users, 400 live sessions, 2,000 that have ended, 40 that ran out and are not
 * marked yet, and a few things worth finding. The same for the same `now`; the ids are the same always.
 */
export function makeDemoWorld(now: Date): DemoWorld {
  const at = now.getTime();
  const clients = makeClients();
  const people = makePeople(clients, at);
  const stories = tellStories(people, clients, at);
  const past = pastRevocations(people, at);
  const remembered = REMEMBERED - stories.sessions.filter(({ rememberMe }) => rememberMe).length;
  const live = liveSessions(people, at, {
    count: LIVE - stories.sessions.length,
    remembered,
    taken: countByUser(stories.sessions),
  });
  const ended = [...usualPast(people, at, PAST), ...endedSessions(people, at, ENDED)];
  const sessions = [...stories.sessions, ...live, ...expiredSessions(people, at, EXPIRED), ...ended, ...past.sessions];
  const devices = [
    ...people.flatMap((person) => person.devices.map((device) => ({ person, device }))),
    ...stories.devices,
  ];
  const deactivated = new Set(past.revocations.flatMap(({ userId }) => userId ?? []));
  const roles = {
    suspect: stories.suspect.id,
    hostileAgent: findClient(clients, HOSTILE_USER_AGENT).userAgentId,
    scriptAgent: findClient(clients, 'python-requests').userAgentId,
    readonly: new Set(people.flatMap(({ user }) => (user.role === 'readonly' ? user.id : []))),
  };
  return {
    users: people.map(({ user }) => user),
    controls: people
      .filter(({ user, maxSessions }) => maxSessions !== null || deactivated.has(user.id))
      .map(({ user, maxSessions }) => ({
        userId: user.id,
        epoch: deactivated.has(user.id) ? 1 : 0,
        minEpoch: deactivated.has(user.id) ? 1 : 0,
        maxSessions,
      })),
    userAgents: userAgentsOf(clients, sessions),
    devices: devicesOf(devices, sessions),
    places: placesOf(people, sessions),
    sessions,
    activity: makeActivity(sessions, roles, at),
    alerts: stories.alerts,
    revocations: past.revocations,
  };
}

function countByUser(sessions: readonly DemoSession[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { userId } of sessions) counts.set(userId, (counts.get(userId) ?? 0) + 1);
  return counts;
}

function userAgentsOf(clients: readonly Client[], sessions: readonly DemoSession[]): DemoUserAgent[] {
  const seen = seenBy(sessions, ({ userAgentId }) => userAgentId);
  return clients.flatMap(({ userAgentId: id, raw, browser, os, formFactor }) => {
    const span = seen.get(id);
    return span ? [{ id, digest: sha256(raw), raw, browser, os, formFactor, firstSeenAt: span.firstSeenAt }] : [];
  });
}

/** The devices that were used, with the times of that. */
function devicesOf(
  devices: readonly { person: Person; device: Device }[],
  sessions: readonly DemoSession[],
): DemoDevice[] {
  const seen = seenBy(sessions, ({ deviceId }) => deviceId);
  return devices.flatMap(({ person, device }) => {
    const span = seen.get(device.id);
    // their first one they have had all the time
    if (span && device === person.devices[0]) span.firstSeenAt = person.user.createdAt;
    const { id, fingerprint, client, screen, timeZone, label, trusted } = device;
    return span
      ? [
          {
            id,
            userId: person.user.id,
            fingerprint,
            userAgentId: client.userAgentId,
            screen,
            timeZone,
            label,
            trusted,
            ...span,
          },
        ]
      : [];
  });
}

/** Where the users have been seen: at home as long as there is an account. */
function placesOf(people: readonly Person[], sessions: readonly DemoSession[]): DemoUserPlace[] {
  return people.flatMap(({ user, home }) => {
    const own = sessions.filter(({ userId }) => userId === user.id);
    return [...seenBy(own, ({ country }) => country)].map(([country, span]) => ({
      userId: user.id,
      country,
      ...span,
      ...(country === home.country ? { firstSeenAt: user.createdAt } : {}),
    }));
  });
}

/** First and latest login of the sessions with the same key; null is no key. */
function seenBy<K>(
  sessions: readonly DemoSession[],
  keyOf: (session: DemoSession) => K | null,
): Map<K, { firstSeenAt: string; lastSeenAt: string }> {
  const spans = new Map<K, { firstSeenAt: string; lastSeenAt: string }>();
  for (const session of sessions) {
    const key = keyOf(session);
    if (key === null) continue;
    const span = spans.get(key) ?? { firstSeenAt: session.createdAt, lastSeenAt: session.createdAt };
    if (session.createdAt < span.firstSeenAt) span.firstSeenAt = session.createdAt;
    if (session.createdAt > span.lastSeenAt) span.lastSeenAt = session.createdAt;
    spans.set(key, span);
  }
  return spans;
}
