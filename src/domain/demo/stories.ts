import type { DemoLogin, DemoRevocation } from '../../db/demo/make.ts';
import { DEPLOYING, LAGOS, PROBING, stepsUntil } from './activity.ts';
import { findClient, HOSTILE } from './clients.ts';
import { DAY, HOUR, MINUTE, SECOND, stamp } from './clock.ts';
import { ending, limitedSessions, login, type Plan } from './logins.ts';
import { findPerson, type Person } from './people.ts';
import { addressIn, CITIES, type City } from './places.ts';
import { Random } from './random.ts';

/** What an operator should find; `alerted` after the alerts were switched on. */
export function tellStories(people: readonly Person[], now: number): { usual: DemoLogin[]; alerted: DemoLogin[] } {
  const random = new Random('stories');
  const limited = ['guest', 'kiosk', 'viewer'].flatMap((username) =>
    limitedSessions(findPerson(people, username), 20, now, username === 'guest' ? hostile(now, random) : undefined),
  );
  const stranger = limited.filter(({ userAgent }) => userAgent === HOSTILE.userAgent);
  const alice = findPerson(people, 'alice');
  return {
    usual: [
      ...limited.filter((other) => !stranger.includes(other)),
      ...atHome(alice, now, random),
      ...journey(findPerson(people, 'kai'), now, random),
      ...script(findPerson(people, 'ci-deploy'), now, random),
      ...usualPast(alice, 28, 4 * HOUR, now, random),
      ...usualPast(findPerson(people, 'kai'), 20, 4.2 * DAY, now, random),
      // logged in somewhere with remember-me, and not been there for 25 days
      login(
        findPerson(people, 'henrik'),
        { rememberMe: true, createdAt: now - 27 * DAY, lastActivityAt: now - 25 * DAY },
        now,
        random,
      ),
    ],
    alerted: [lagos(alice, now, random), ...stranger],
  };
}

const LAST_IN_BERLIN = 31 * MINUTE;

/** alice works in Berlin. */
function atHome(alice: Person, now: number, random: Random): DemoLogin[] {
  const [laptop, phone] = alice.devices;
  const berlin = now - LAST_IN_BERLIN;
  const address = alice.addresses[0];
  const work: Plan = { device: laptop, address, createdAt: berlin - 3.4 * HOUR, lastActivityAt: berlin };
  const pocket: Plan = { address, rememberMe: true, createdAt: now - 12 * DAY, lastActivityAt: berlin - 5 * HOUR };
  return [work, { ...pocket, ...(phone ? { device: phone } : {}) }].map((plan) => login(alice, plan, now, random));
}

/** 20 minutes later alice logs in from Lagos, on a machine nobody has seen. */
function lagos(alice: Person, now: number, random: Random): DemoLogin {
  const client = findClient('Windows NT 10.0; Win64; x64) AppleWebKit');
  const address = addressIn(CITIES.lagos, random);
  const { timeZone } = CITIES.lagos;
  const plan: Plan = {
    device: { client, screen: '1366x768', timeZone, label: null, trusted: false },
    address,
    rememberMe: true,
    method: 'password',
    createdAt: now - LAST_IN_BERLIN + 20 * MINUTE,
    lastActivityAt: now - 20 * SECOND,
    activity: LAGOS.map(([minutes, step]) => ({ ...step, at: stamp(now - minutes * MINUTE), ip: address.ip })),
  };
  return login(alice, plan, now, random);
}

/** A client that calls itself things which act on a terminal, from a city that does the same. */
function hostile(now: number, random: Random): Plan {
  const { ip, place } = addressIn(CITIES.london, random);
  const lastActivityAt = now - 45 * SECOND;
  return {
    device: { client: HOSTILE, screen: '1x1', timeZone: 'UTC', label: null, trusted: false },
    address: { ip, place: { ...place, city: 'Lon\u001b]0;pwned\u0007don \u202enodnoL' } },
    method: 'password',
    createdAt: now - 6 * MINUTE,
    lastActivityAt,
    activity: stepsUntil(lastActivityAt, 50 * SECOND, PROBING, ip),
  };
}

/** A deployment script that logs in again every time and, since an hour ago, never out. */
function script(deploy: Person, now: number, random: Random): DemoLogin[] {
  const run = (createdAt: number, ended?: Plan['ended']) => {
    const lastActivityAt = createdAt + 4 * SECOND;
    const activity = stepsUntil(lastActivityAt, 3 * SECOND, DEPLOYING, deploy.addresses[0].ip);
    return login(deploy, { createdAt, lastActivityAt, activity, ...(ended ? { ended } : {}) }, now, random);
  };
  return [
    ...Array.from({ length: 14 }, (_, i) => run(now - 35 * SECOND - i * 3.5 * MINUTE)),
    ...moments(60, HOUR, now, random).map((at) => run(at - 9 * SECOND, { at, by: 'logout' })),
  ];
}

/** Around the world in four days, slowly enough: countries where they have never been, and nothing wrong with it. */
function journey(person: Person, now: number, random: Random): DemoLogin[] {
  const stops: [city: City, hoursAgo: number, idleHours: number][] = [
    [person.home, 200, 110],
    [CITIES.london, 76, 56],
    [CITIES.tokyo, 40, 7],
    [CITIES.tokyo, 3, 0.1],
  ];
  return stops.map(([city, ago, idle]) => {
    const times = { createdAt: now - ago * HOUR, lastActivityAt: now - idle * HOUR };
    return login(person, { ...times, rememberMe: true, address: addressIn(city, random) }, now, random);
  });
}

/** How it was before, always at home: so many logins of the last days, up to `since`. */
function usualPast(person: Person, count: number, since: number, now: number, random: Random): DemoLogin[] {
  return moments(count, since, now, random).map((at) =>
    login(person, ending(at, { at, by: 'logout' }, false, random), now, random),
  );
}

function moments(count: number, since: number, now: number, random: Random): number[] {
  return Array.from({ length: count }, (_, i) => now - since - ((i + random.next()) / count) * (6.8 * DAY - since));
}

const REVOKED: [username: string, sessions: number, ago: number, reason: string | null][] = [
  ['zoe', 4, 5.2 * DAY, null],
  ['lars', 3, 4.6 * DAY, 'laptop left on a train'],
  ['marek', 6, 2.3 * DAY, null],
  ['ruby', 5, 1.4 * DAY, 'password seen in a paste'],
  ['theo', 2, 7 * HOUR, 'asked on the phone'],
];

/** Revocations of the last days and the sessions they ended: two users deactivated, and what an operator threw out. */
export function pastRevocations(
  people: readonly Person[],
  now: number,
): { revocations: DemoRevocation[]; logins: DemoLogin[] } {
  const random = new Random('revocations');
  return {
    revocations: REVOKED.map(([username, , ago, reason]) => ({
      at: stamp(now - ago),
      userId: findPerson(people, username).user.id,
      username,
      reason,
    })),
    logins: REVOKED.flatMap(([username, count, ago], by) =>
      Array.from({ length: count }, () => {
        const at = now - ago;
        const plan = ending(at, { at, by }, true, random);
        return login(findPerson(people, username), plan, now, random);
      }),
    ),
  };
}
