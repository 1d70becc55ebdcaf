import type { DemoLogin } from '../../db/demo/make.ts';
import type { Activity } from '../../model/session.ts';
import { visit } from './activity.ts';
import { DAY, HOUR, MINUTE, SECOND, stamp } from './clock.ts';
import type { Device, Person } from './people.ts';
import { type Address, addressIn } from './places.ts';
import { Random } from './random.ts';

/** The default timeouts; the demo is made for these. */
const SESSION_TIMEOUT = HOUR;
const REMEMBER_TIMEOUT = 30 * DAY;

/** What a login is made from. Times are milliseconds; what is left out is as usual for the person. */
export interface Plan {
  createdAt: number;
  lastActivityAt: number;
  rememberMe?: boolean;
  ended?: { at: number; by: 'logout' | 'limit' | number };
  device?: Device;
  address?: Address;
  method?: string;
  activity?: Activity[];
}

/** Somebody logs in. */
export function login(person: Person, plan: Plan, now: number, random: Random): DemoLogin {
  const device = plan.device ?? random.pick(person.devices, (d) => 1 / (1 + person.devices.indexOf(d)));
  const { ip, place } = plan.address ?? usualAddress(person, device, random);
  const { ended, rememberMe = false } = plan;
  const { user } = person;
  return {
    userId: user.id,
    userAgent: device.client.userAgent,
    screen: device.screen,
    timeZone: device.timeZone,
    label: device.label,
    trusted: device.trusted,
    ip,
    place,
    loginMethod: plan.method ?? (random.chance(0.88) ? person.method : 'password'),
    rememberMe,
    createdAt: stamp(plan.createdAt),
    lastActivityAt: stamp(plan.lastActivityAt),
    ended: ended ? { ...ended, at: stamp(ended.at) } : null,
    activity: plan.activity ?? visit({ ...plan, ip, readonly: user.role === 'readonly' }, now, dice(random)),
  };
}

/** Others, for what draws more or less of them by the time of day. */
const dice = (random: Random) => new Random(String(random.next()));

function usualAddress(person: Person, device: Device, random: Random): Address {
  if (device.client.form === 'mobile' && random.chance(0.5)) return addressIn(person.home, random);
  return random.pick(person.addresses, (a) => 1 / (1 + person.addresses.indexOf(a)));
}

/** When each account was opened. */
export function firstLogins(people: readonly Person[], now: number): DemoLogin[] {
  const random = new Random('first logins');
  return people
    .filter(({ user }) => user.isActive)
    .map((person) => {
      const createdAt = Date.parse(person.user.createdAt) + 2 * MINUTE;
      const address = person.addresses.find(({ place }) => place) ?? person.addresses[0];
      const ended = { at: createdAt + HOUR, by: 'logout' } as const;
      const plan = { createdAt, lastActivityAt: createdAt + HOUR, ended, device: person.devices[0], address };
      return login(person, plan, now, random);
    });
}

/** So many live sessions, `remembered` of them with remember-me. */
export function liveSessions(
  people: readonly Person[],
  now: number,
  wanted: { count: number; remembered: number },
): DemoLogin[] {
  const random = new Random('live sessions');
  return Array.from({ length: wanted.count }, (_, i) => {
    const person = random.pick(people, ({ weight }) => weight);
    const rememberMe = i < wanted.remembered;
    // few of those that are remembered are idle for long; the others must stay live for a while yet
    const idle = rememberMe ? MINUTE + random.next() ** 3 * 18 * DAY : 5 * SECOND + random.next() * 54 * MINUTE;
    const age = random.next() ** 2 * (rememberMe ? 20 * DAY : 9 * HOUR);
    return login(person, { rememberMe, lastActivityAt: now - idle, createdAt: now - idle - age }, now, random);
  });
}

/** Sessions that ended within the last week, mostly in the working hours of where their users live. */
export function endedSessions(
  people: readonly Person[],
  now: number,
  counts: { logout: number; timeout: number },
): DemoLogin[] {
  const random = new Random('ended sessions');
  return Array.from({ length: counts.logout + counts.timeout }, (_, i) => {
    const person = random.pick(people, ({ weight }) => weight);
    const rememberMe = random.chance(0.2);
    const at = workingMoment(person, now, random);
    const end = i < counts.logout ? ({ at, by: 'logout' } as const) : null;
    return login(person, ending(at, end, rememberMe, random), now, random);
  });
}

/** A session that came to this end, or (null) ran out then, and was last active as far back as its timeout allows. */
export function ending(at: number, ended: Plan['ended'] | null, rememberMe: boolean, random: Random): Plan {
  const spread = random.next();
  const timeout = rememberMe ? REMEMBER_TIMEOUT : SESSION_TIMEOUT;
  const quiet = !ended ? timeout : ended.by === 'logout' ? spread * 20 * SECOND : spread ** 2 * 0.8 * timeout;
  const lastActivityAt = at - quiet;
  const age = MINUTE + random.next() ** 2 * (rememberMe ? 9 * DAY : 8 * HOUR);
  return { rememberMe, lastActivityAt, createdAt: lastActivityAt - age, ...(ended ? { ended } : {}) };
}

/**
 * `evicted` sessions that made room for a later one, and then those that may be open; the last is `latest`, if given.
 */
export function limitedSessions(person: Person, evicted: number, now: number, latest?: Plan): DemoLogin[] {
  const { username, maxSessions } = person.user;
  if (maxSessions === null) throw new Error(`${username} may open as many as they like`);
  const random = new Random(`sessions of ${username}`);
  const moments = Array.from({ length: evicted }, () => workingMoment(person, now - 10 * HOUR, random));
  const open = Array.from({ length: maxSessions - (latest ? 1 : 0) }, () => now - (0.2 + random.next() * 9) * HOUR);
  const times = [...moments, ...open].sort((a, b) => a - b).concat(latest ? latest.createdAt : []);
  return times.map((createdAt, i) => {
    const at = times[i + maxSessions];
    if (latest && createdAt === latest.createdAt) return login(person, latest, now, random);
    const lastActivityAt = Math.max(createdAt, (at ?? now) - (0.1 + random.next() * 50) * MINUTE);
    return login(person, { createdAt, lastActivityAt, ...(at ? { ended: { at, by: 'limit' } } : {}) }, now, random);
  });
}

const HOURS = 155;

/**
 * A moment within the last days, likely in the working hours of where they live; one draw of lots at any time of day.
 */
function workingMoment(person: Person, now: number, random: Random): number {
  const hours = Array.from({ length: HOURS }, (_, i) => i);
  const zone = person.home.longitude / 15;
  const ago = random.pick(hours, (h) => {
    const local = new Date(now - h * HOUR + zone * HOUR);
    const working = local.getUTCHours() >= 8 && local.getUTCHours() < 18;
    const weekend = local.getUTCDay() === 0 || local.getUTCDay() === 6;
    return working ? (weekend ? 2 : 10) : local.getUTCHours() >= 6 ? 2 : 0.3;
  });
  return now - ago * HOUR - (0.05 + 0.95 * random.next()) * HOUR;
}
