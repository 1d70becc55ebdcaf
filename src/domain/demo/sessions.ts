import type { DemoSession } from '../../db/demo/tables.ts';
import type { EndReason, LocationCheck } from '../../model/session.ts';
import { DAY, HOUR, MINUTE, SECOND, stamp } from './clock.ts';
import type { Device, Person } from './people.ts';
import { type Address, addressIn, PLACES } from './places.ts';
import { Random } from './random.ts';

/** The default timeouts; the demo is made for these. */
export const SESSION_TIMEOUT = HOUR;
export const REMEMBER_TIMEOUT = 30 * DAY;

/** What a session is made from. Times are milliseconds. */
export interface Login {
  person: Person;
  device: Device;
  address: Address;
  rememberMe: boolean;
  createdAt: number;
  lastActivityAt: number;
  method?: string;
  /** Default: usual, or skipped in the company's network. */
  locationCheck?: LocationCheck;
  end?: { at: number; reason: EndReason; by?: string | null; revocationId?: number };
}

/** A row from a login. */
export function sessionOf(login: Login, random: Random): DemoSession {
  const { person, device, address, end } = login;
  const { place } = address;
  return {
    id: random.uuid(),
    userId: person.user.id,
    deviceId: device.id,
    userAgentId: device.client.userAgentId,
    ip: address.ip,
    loginMethod: login.method ?? person.method,
    rememberMe: login.rememberMe,
    createdAt: stamp(login.createdAt),
    lastActivityAt: stamp(login.lastActivityAt),
    endedAt: end ? stamp(end.at) : null,
    endReason: end?.reason ?? null,
    endedBy: end?.by ?? null,
    revocationId: end?.revocationId ?? null,
    country: place?.country ?? null,
    region: place?.region ?? null,
    city: place?.city ?? null,
    isp: address.isp,
    latitude: place?.latitude ?? null,
    longitude: place?.longitude ?? null,
    locationCheck: login.locationCheck ?? (place ? 'usual' : 'skipped'),
  };
}

/** So many live sessions of those who may log in, `remembered` of them with remember-me. `taken`: how many a user has already. */
export function liveSessions(
  people: readonly Person[],
  now: number,
  wanted: { count: number; remembered: number; taken: ReadonlyMap<string, number> },
): DemoSession[] {
  const random = new Random('live sessions');
  const open = new Map(wanted.taken);
  return Array.from({ length: wanted.count }, (_, i) => {
    const free = people.filter(
      ({ user, maxSessions }) => user.isActive && (maxSessions === null || (open.get(user.id) ?? 0) < maxSessions),
    );
    const person = random.pick(free, ({ weight }) => weight);
    open.set(person.user.id, (open.get(person.user.id) ?? 0) + 1);
    const rememberMe = i < wanted.remembered;
    // few of those that are remembered are idle for long; the others must stay live for a while yet
    const idle = rememberMe ? MINUTE + random.next() ** 3 * 18 * DAY : 5 * SECOND + random.next() * 54 * MINUTE;
    const age = random.next() ** 2 * (rememberMe ? 20 * DAY : 9 * HOUR);
    return sessionOf(
      { ...habit(person, random), rememberMe, lastActivityAt: now - idle, createdAt: now - idle - age },
      random,
    );
  });
}

/** Sessions that have run out and that no cleanup has marked yet. */
export function expiredSessions(people: readonly Person[], now: number, count: number): DemoSession[] {
  const random = new Random('expired sessions');
  const free = people.filter(({ user, maxSessions }) => user.isActive && maxSessions === null);
  return Array.from({ length: count }, (_, i) => {
    const rememberMe = i % 7 === 6;
    const idle = rememberMe
      ? REMEMBER_TIMEOUT + HOUR + random.next() * 2 * DAY
      : SESSION_TIMEOUT + 2 * MINUTE + random.next() * 9 * HOUR;
    const age = random.next() ** 2 * 8 * HOUR;
    const login = habit(
      random.pick(free, ({ weight }) => weight),
      random,
    );
    return sessionOf({ ...login, rememberMe, lastActivityAt: now - idle, createdAt: now - idle - age }, random);
  });
}

/** How many ended sessions of which kind. */
export type EndedCounts = Record<'logout' | 'expired' | 'revoked' | 'evicted', number>;

/** Sessions that ended within the last week, mostly in the working hours of where their users live. */
export function endedSessions(people: readonly Person[], now: number, counts: EndedCounts): DemoSession[] {
  const random = new Random('ended sessions');
  const active = people.filter(({ user }) => user.isActive);
  const limited = active.filter(({ maxSessions }) => maxSessions !== null);
  const one = (reason: EndReason) => {
    const person = random.pick(reason === 'evicted' ? limited : active, ({ weight }) => weight);
    const at = workingMoment(person, now, random);
    const rememberMe = reason !== 'evicted' && random.chance(0.2);
    return sessionOf(
      endedLogin(person, { at, reason, by: reason === 'revoked' ? 'admin' : null }, rememberMe, random),
      random,
    );
  };
  return Object.entries(counts).flatMap(([reason, count]) =>
    Array.from({ length: count }, () => one(reason as EndReason)),
  );
}

/** A login that came to this end: its last activity lies before, as far as the timeout allows. */
export function endedLogin(person: Person, end: NonNullable<Login['end']>, rememberMe: boolean, random: Random): Login {
  const spread = random.next();
  const timeout = rememberMe ? REMEMBER_TIMEOUT : SESSION_TIMEOUT;
  const quiet =
    end.reason === 'expired' ? timeout : end.reason === 'logout' ? spread * 20 * SECOND : spread ** 2 * 0.8 * timeout;
  const lastActivityAt = end.at - quiet;
  const age = MINUTE + random.next() ** 2 * (rememberMe ? 9 * DAY : 8 * HOUR);
  return { ...habit(person, random), rememberMe, lastActivityAt, createdAt: lastActivityAt - age, end };
}

/** With what, from where and how somebody logs in: nearly always as usual. */
function habit(person: Person, random: Random): Pick<Login, 'person' | 'device' | 'address' | 'method'> {
  const device = random.pick(person.devices, (d) => 1 / (1 + person.devices.indexOf(d)));
  const away = random.chance(0.02) && person.user.username !== 'alice';
  const mobile = device.client.formFactor === 'mobile' && random.chance(0.5);
  const trip = random.pick([PLACES.london, PLACES.paris, PLACES.munich, PLACES.newYork]);
  const roaming = addressIn(away ? trip : person.home, random);
  const usual = random.pick(person.addresses, (a) => 1 / (1 + person.addresses.indexOf(a)));
  return {
    person,
    device,
    address: away || mobile ? roaming : usual,
    method: random.chance(0.88) ? person.method : 'password',
  };
}

const HOURS = 164;

/** A moment within the last week, likely in the working hours of where they live. As many draws whatever the time is now. */
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
