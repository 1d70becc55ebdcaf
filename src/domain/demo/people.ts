import type { DemoUser } from '../../db/demo/make.ts';
import { CLIENTS, type Client, findClient, SCRIPT } from './clients.ts';
import { DAY, stamp } from './clock.ts';
import { userId } from './mark.ts';
import { type Address, addressIn, CITIES, type City, type CityName, officeAddress } from './places.ts';
import { Random } from './random.ts';

/** What a user logs in with. */
export interface Device {
  client: Client;
  screen: string | null;
  timeZone: string | null;
  label: string | null;
  trusted: boolean;
}

/** A user and their habits. */
export interface Person {
  user: DemoUser;
  home: City;
  /** The most usual first. */
  devices: [Device, ...Device[]];
  addresses: [Address, ...Address[]];
  method: string;
  /** How often they log in, beside what the stories tell of them. */
  weight: number;
}

const HOMES: Record<Exclude<CityName, 'lagos'>, string> = {
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
const MAX_SESSIONS: Record<string, number> = { guest: 3, kiosk: 2, viewer: 3 };
/** Who is told of in a story does nothing else, and who has gone nothing more. The others log in as the dice say. */
const WEIGHTS: Record<string, number> = {
  ...{ admin: 1.2, bob: 0.9 },
  ...{ alice: 0, henrik: 0, 'ci-deploy': 0, kai: 0, guest: 0, kiosk: 0, viewer: 0, zoe: 0, marek: 0, intern2025: 0 },
};
const LABELS: Record<Client['form'], string[]> = {
  desktop: ['Work laptop', 'Home PC', 'Server room', 'Old ThinkPad'],
  mobile: ['Private phone', 'On-call phone'],
  tablet: ['Sofa tablet'],
  tool: ['Pipeline'],
};

/** The users of the demo, their devices and addresses. Their ids depend on nothing, so that the demo knows its own. */
export function makePeople(now: number): Person[] {
  const random = new Random('people');
  return Object.entries(HOMES).flatMap(([city, names]) => {
    const home = CITIES[city as CityName];
    return names.split(' ').map((username): Person => {
      const user: DemoUser = {
        id: userId(username),
        username,
        email: `${username}@example.org`,
        role: username === 'admin' ? 'admin' : READONLY.has(username) ? 'readonly' : 'user',
        isActive: username !== 'intern2025',
        createdAt: stamp(now - DAY * random.int(90, 1100)),
        maxSessions: MAX_SESSIONS[username] ?? null,
      };
      return {
        user,
        home,
        devices: devicesOf(username, home, random),
        addresses: addressesOf(username, home, random),
        method: random.pick(
          ['password', 'sso', 'passkey', 'ldap'],
          (method) => ({ password: 5, sso: 4, passkey: 3, ldap: 2 })[method] ?? 1,
        ),
        weight: WEIGHTS[username] ?? 0.4 + random.next(),
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

function devicesOf(username: string, { timeZone }: City, random: Random): Person['devices'] {
  const known = { timeZone, label: null, trusted: true };
  if (username === 'ci-deploy') return [{ client: SCRIPT, screen: null, timeZone: null, label: null, trusted: false }];
  if (username === 'alice')
    return [
      { ...known, client: findClient('10.15; rv:145'), screen: '1512x982' },
      { ...known, client: findClient('iPhone OS 18_7'), screen: '393x852' },
    ];
  const usual = device(timeZone, random, 0.12);
  return [
    usual,
    ...Array.from({ length: random.int(username === 'kiosk' ? 0 : 1, 3) }, () => device(timeZone, random)),
  ];
}

function device(timeZone: string, random: Random, labelled = 0): Device {
  const client = random.pick(CLIENTS, ({ weight }) => weight);
  const label = random.chance(labelled) ? random.pick(LABELS[client.form]) : null;
  return {
    client,
    screen: random.pick(client.screens),
    timeZone,
    label,
    trusted: label !== null || random.chance(0.15),
  };
}

function addressesOf(username: string, home: City, random: Random): Person['addresses'] {
  if (username === 'ci-deploy') return [{ ip: '10.12.4.20', place: null }];
  const usual: Person['addresses'] = [addressIn(home, random), addressIn(home, random, true)];
  // the stories of alice and kai need to know where they are
  return !['alice', 'kai'].includes(username) && random.chance(0.55) ? [officeAddress(random), ...usual] : usual;
}
