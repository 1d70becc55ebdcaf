import type { DemoAlert, DemoRevocation, DemoSession } from '../../db/demo/tables.ts';
import { type Client, findClient, HOSTILE_USER_AGENT } from './clients.ts';
import { DAY, HOUR, MINUTE, SECOND, stamp } from './clock.ts';
import { type Device, deviceOf, findPerson, type Person } from './people.ts';
import { type Address, addressIn, PLACES } from './places.ts';
import { Random } from './random.ts';
import { endedLogin, sessionOf } from './sessions.ts';

/** What an operator should find. */
export interface Stories {
  /** All of them live. */
  sessions: DemoSession[];
  /** The one that should make an operator act. */
  suspect: DemoSession;
  /** Devices that only the stories know. */
  devices: { person: Person; device: Device }[];
  alerts: DemoAlert[];
}

/** The live sessions that are worth a look, and the alerts about them. */
export function tellStories(people: readonly Person[], clients: readonly Client[], now: number): Stories {
  const random = new Random('stories');
  const alice = lagos(people, clients, now, random);
  const guest = hostile(people, clients, now, random);
  return {
    sessions: [...alice.sessions, ...guest.sessions, ...script(people, now, random), forgotten(people, now, random)],
    suspect: alice.suspect,
    devices: [...alice.devices, ...guest.devices],
    alerts: alice.alerts,
  };
}

/** alice works in Berlin, and 20 minutes later logs in from Lagos, on a machine nobody has seen. */
function lagos(people: readonly Person[], clients: readonly Client[], now: number, random: Random): Stories {
  const person = findPerson(people, 'alice');
  const [laptop, phone] = person.devices;
  const address = person.addresses[0];
  if (!laptop || !phone || !address) throw new Error('alice has no devices');
  const berlin = now - 31 * MINUTE;
  const arrival = berlin + 20 * MINUTE;
  const client = findClient(clients, 'Windows NT 10.0; Win64; x64) AppleWebKit');
  const device = deviceOf('alice', client, '1366x768', PLACES.lagos.timeZone);
  const there = addressIn(PLACES.lagos, random);
  const usual = sessionOf(
    { person, device: laptop, address, rememberMe: false, createdAt: berlin - 3.4 * HOUR, lastActivityAt: berlin },
    random,
  );
  const pocket = sessionOf(
    { person, device: phone, address, rememberMe: true, createdAt: now - 12 * DAY, lastActivityAt: berlin - 5 * HOUR },
    random,
  );
  const suspect = sessionOf(
    {
      person,
      device,
      address: there,
      rememberMe: true,
      method: 'password',
      createdAt: arrival,
      lastActivityAt: now - 20 * SECOND,
      locationCheck: 'impossible-travel',
    },
    random,
  );
  const alert = { userId: person.user.id, sessionId: suspect.id, createdAt: suspect.createdAt };
  const point = ({ country, city, region, isp, latitude, longitude }: DemoSession) => ({
    country,
    region,
    city,
    isp,
    latitude,
    longitude,
  });
  const login = {
    deviceId: device.id,
    browser: client.browser,
    os: client.os,
    formFactor: client.formFactor,
    screen: device.screen,
    timeZone: device.timeZone,
    ip: suspect.ip,
    place: point(suspect),
    loginMethod: suspect.loginMethod,
    at: suspect.createdAt,
  };
  return {
    sessions: [usual, pocket, suspect],
    suspect,
    devices: [{ person, device }],
    alerts: [
      {
        ...alert,
        kind: 'unusual_location',
        evidence: {
          ...login,
          reasons: ['impossible-travel', 'new-country'],
          to: { ...point(suspect), ip: suspect.ip, at: suspect.createdAt, session: suspect.id },
          from: { ...point(usual), ip: usual.ip, at: usual.lastActivityAt, session: usual.id },
          distanceKm: 5215,
          hours: 0.33,
          kmh: 15645,
        },
      },
      { ...alert, kind: 'new_device', evidence: login },
    ],
  };
}

/** A client that calls itself things which act on a terminal, from a city that does the same. */
function hostile(
  people: readonly Person[],
  clients: readonly Client[],
  now: number,
  random: Random,
): Pick<Stories, 'sessions' | 'devices'> {
  const person = findPerson(people, 'guest');
  const device = deviceOf('guest', findClient(clients, HOSTILE_USER_AGENT), '1x1', 'UTC');
  const place = { ...PLACES.london, city: 'Lon\u001b]0;pwned\u0007don \u202enodnoL' };
  const address: Address = { ...addressIn(PLACES.london, random), place };
  const login = {
    person,
    device,
    address,
    rememberMe: false,
    createdAt: now - 6 * MINUTE,
    lastActivityAt: now - 45 * SECOND,
  };
  return { sessions: [sessionOf({ ...login, method: 'password' }, random)], devices: [{ person, device }] };
}

/** A deployment script that logs in again every time and never out. */
function script(people: readonly Person[], now: number, random: Random): DemoSession[] {
  const person = findPerson(people, 'ci-deploy');
  const [device] = person.devices;
  const [address] = person.addresses;
  if (!device || !address) throw new Error('ci-deploy has no device');
  return Array.from({ length: 14 }, (_, i) => {
    const createdAt = now - 35 * SECOND - i * 3.5 * MINUTE;
    return sessionOf(
      { person, device, address, rememberMe: false, createdAt, lastActivityAt: createdAt + 4 * SECOND },
      random,
    );
  });
}

/** Logged in somewhere with remember-me, and not been there for 25 days. */
function forgotten(people: readonly Person[], now: number, random: Random): DemoSession {
  const person = findPerson(people, 'henrik');
  const [device] = person.devices;
  const [address] = person.addresses;
  if (!device || !address) throw new Error('henrik has no device');
  return sessionOf(
    { person, device, address, rememberMe: true, createdAt: now - 27 * DAY, lastActivityAt: now - 25 * DAY },
    random,
  );
}

/** How those of the stories were before: alice in Berlin, the script still logging out. As many sessions as `counts` says. */
export function usualPast(
  people: readonly Person[],
  now: number,
  counts: { alice: number; script: number },
): DemoSession[] {
  const random = new Random('usual past');
  const logins = (username: string, count: number, since: number) =>
    Array.from({ length: count }, (_, i) => {
      const at = now - since - ((i + random.next()) / count) * (6.8 * DAY - since);
      return endedLogin(findPerson(people, username), { at, reason: 'logout' }, false, random);
    });
  return [
    ...logins('alice', counts.alice, 4 * HOUR).map((login) => sessionOf(login, random)),
    ...logins('ci-deploy', counts.script, HOUR).map((login) =>
      sessionOf({ ...login, createdAt: login.lastActivityAt - 9 * SECOND }, random),
    ),
  ];
}

/** Revocations of the last days and the sessions they ended: two users who were deactivated, and what an operator threw out. */
export function pastRevocations(
  people: readonly Person[],
  now: number,
): { revocations: DemoRevocation[]; sessions: DemoSession[] } {
  const random = new Random('revocations');
  const past: [username: string, sessions: number, ago: number, reason: string][] = [
    ['zoe', 4, 5.2 * DAY, 'user deactivated'],
    ['lars', 3, 4.6 * DAY, 'laptop left on a train'],
    ['marek', 6, 2.3 * DAY, 'user deactivated'],
    ['ruby', 5, 1.4 * DAY, 'password seen in a paste'],
    ['theo', 2, 7 * HOUR, 'asked on the phone'],
  ];
  const sessions: DemoSession[] = [];
  const revocations = past.map(([username, marked, ago, reason], i): DemoRevocation => {
    const person = findPerson(people, username);
    const deactivated = !person.user.isActive;
    const at = now - ago;
    const end = {
      at,
      reason: 'revoked' as const,
      by: deactivated ? 'deactivation' : 'root@tomo-1',
      revocationId: i + 1,
    };
    for (let n = 0; n < marked; n += 1)
      sessions.push(sessionOf(endedLogin(person, end, random.chance(0.4), random), random));
    const common = { id: i + 1, at: stamp(at), reason, marked };
    return deactivated
      ? {
          ...common,
          scope: 'user',
          userId: person.user.id,
          actor: { user: 'deactivation', dbRole: 'tomo' },
          filter: null,
          epoch: 1,
        }
      : {
          ...common,
          scope: 'sessions',
          userId: null,
          actor: { osUser: 'root', host: 'tomo-1', dbRole: 'postgres' },
          filter: { state: 'active', users: [username] },
          epoch: null,
        };
  });
  return { revocations, sessions };
}
