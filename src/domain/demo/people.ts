import type { DemoUser } from '../../db/demo/tables.ts';
import { type Client, findClient, fingerprint } from './clients.ts';
import { DAY, stamp } from './clock.ts';
import { userId } from './mark.ts';
import { type Address, addressIn, officeAddress, PLACES, type Place, type PlaceName } from './places.ts';
import { Random } from './random.ts';

/** What a user logs in with. */
export interface Device {
  id: string;
  client: Client;
  fingerprint: string;
  screen: string | null;
  timeZone: string | null;
  label: string | null;
  trusted: boolean;
}

/** A user and their habits. */
export interface Person {
  user: DemoUser;
  home: Place;
  devices: Device[];
  /** The most usual first. */
  addresses: Address[];
  method: string;
  /** How often they log in, beside what the stories tell of them. */
  weight: number;
  maxSessions: number | null;
}

const HOMES: Record<Exclude<PlaceName, 'lagos'>, string> = {
  berlin: 'admin alice jonas mia felix greta ole sandra auditor',
  hamburg: 'bob finn swantje lars henrik helpdesk',
  munich: 'resi korbinian vroni monitor zoe',
  vienna: 'leopold franzi ci-deploy',
  zurich: 'urs ursina reto',
  amsterdam: 'daan sanne bram femke marek',
  paris: 'chloe lucas manon theo',
  london: 'oliver amelia george priya guest',
  newYork: 'ethan sofia maya noah ava viewer',
  sanFrancisco: 'liam zara kai ruby intern2025',
  saoPaulo: 'joao beatriz thiago larissa',
  tokyo: 'haruto yui ren sakura kiosk',
};

const READONLY = new Set(['auditor', 'monitor', 'guest', 'viewer', 'kiosk']);
const INACTIVE = new Set(['zoe', 'marek', 'intern2025']);
const MAX_SESSIONS: Record<string, number> = { guest: 3, kiosk: 2, viewer: 3 };
/** The others log in as the dice say. Who is told of in a story does nothing else. */
const WEIGHTS: Record<string, number> = {
  admin: 1.2,
  bob: 0.9,
  alice: 0,
  henrik: 0,
  'ci-deploy': 0,
  guest: 0.5,
  kiosk: 0.5,
  viewer: 0.5,
};
const LABELS: Record<string, string[]> = {
  desktop: ['Work laptop', 'Home PC', 'Server room', 'Old ThinkPad'],
  mobile: ['Private phone', 'On-call phone'],
  tablet: ['Sofa tablet'],
};

/** The users of the demo, their devices and addresses. Their ids depend on nothing, so that the demo knows its own. */
export function makePeople(clients: readonly Client[], now: number): Person[] {
  const random = new Random('people');
  return Object.entries(HOMES).flatMap(([city, names]) => {
    const home = PLACES[city as PlaceName];
    return names.split(' ').map((username): Person => {
      const user: DemoUser = {
        id: userId(username),
        username,
        email: `${username}@example.org`,
        role: username === 'admin' ? 'admin' : READONLY.has(username) ? 'readonly' : 'user',
        isActive: !INACTIVE.has(username),
        createdAt: stamp(now - DAY * random.int(90, 1100)),
      };
      const script = username === 'ci-deploy';
      return {
        user,
        home,
        devices: script
          ? [deviceOf(username, findClient(clients, 'python-requests'), null, null)]
          : devicesOf(username, clients, home, random),
        addresses: script ? [{ ip: '10.12.4.20', place: null, isp: null }] : addressesOf(username, home, random),
        method: random.pick(
          ['password', 'sso', 'passkey', 'ldap'],
          (method) => ({ password: 5, sso: 4, passkey: 3, ldap: 2 })[method] ?? 1,
        ),
        weight: WEIGHTS[username] ?? 0.4 + random.next(),
        maxSessions: MAX_SESSIONS[username] ?? null,
      };
    });
  });
}

/** The person with that name. */
export function findPerson(people: readonly Person[], username: string): Person {
  const person = people.find(({ user }) => user.username === username);
  if (!person) throw new Error(`No user "${username}" in the demo`);
  return person;
}

/** A device of a user; the same arguments give the same one. */
export function deviceOf(username: string, client: Client, screen: string | null, timeZone: string | null): Device {
  const print = fingerprint(client, screen, timeZone);
  return {
    id: new Random(`device ${username} ${print}`).uuid(),
    client,
    fingerprint: print,
    screen,
    timeZone,
    label: null,
    trusted: false,
  };
}

function devicesOf(username: string, clients: readonly Client[], home: Place, random: Random): Device[] {
  const devices = new Map<string, Device>();
  const wanted = username === 'kiosk' ? 1 : random.int(2, 4);
  if (username === 'alice') {
    for (const [part, screen] of [
      ['10.15; rv:145', '1512x982'],
      ['iPhone OS 18_7', '393x852'],
    ] as const) {
      const device = deviceOf(username, findClient(clients, part), screen, home.timeZone);
      devices.set(device.fingerprint, { ...device, trusted: true });
    }
  }
  while (devices.size < (username === 'alice' ? 2 : wanted)) {
    const client = random.pick(clients, ({ weight }) => weight);
    const device = deviceOf(username, client, random.pick(client.screens), home.timeZone);
    const label = random.chance(0.12) ? random.pick(LABELS[client.formFactor ?? ''] ?? ['Work']) : null;
    devices.set(device.fingerprint, { ...device, label, trusted: label !== null || random.chance(0.15) });
  }
  return [...devices.values()];
}

function addressesOf(username: string, home: Place, random: Random): Address[] {
  const addresses = [addressIn(home, random), addressIn(home, random, true)];
  // the story of alice needs to know where she is
  if (username !== 'alice' && random.chance(0.55)) addresses.unshift(officeAddress(random));
  return addresses;
}
