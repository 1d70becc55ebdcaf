import { beforeEach, expect, it } from 'vitest';
import { aUser } from '../support/builders.ts';
import { onBothEngines, type TestDatabase } from '../support/database.ts';
import { count, one } from './helpers.ts';
import { type Login, open, setSettings } from './server-calls.ts';

const BERLIN = {
  country: 'DE',
  region: 'Berlin',
  city: 'Berlin',
  isp: 'Example Net',
  latitude: 52.52,
  longitude: 13.405,
};
const POTSDAM = { country: 'DE', region: 'Brandenburg', city: 'Potsdam', latitude: 52.39, longitude: 13.06 };
const MUNICH = { country: 'DE', region: 'Bavaria', city: 'Munich', latitude: 48.137, longitude: 11.575 };
const TOKYO = { country: 'JP', city: 'Tokyo', latitude: 35.68, longitude: 139.69 };

const from = (place: unknown, more: Login = {}): Login => ({ ip: '203.0.113.7', place, ...more });

/** Everything that has happened, this many hours earlier. */
function ago(t: TestDatabase, hours: number): Promise<unknown> {
  return t.sql(
    'update tomo.sessions set created_at = created_at - make_interval(secs => $1::float8 * 3600), last_activity_at = last_activity_at - make_interval(secs => $1::float8 * 3600)',
    [hours],
  );
}

onBothEngines('the place of a login', (t) => {
  let user: string;
  beforeEach(async () => {
    user = await aUser(t);
    await setSettings(t, { location_alerts: true });
  });
  const outcome = async (login: Login) => (await open(t, user, login)).location;
  const evidence = async () =>
    (await t.sql<{ evidence: Record<string, unknown> }>('select evidence from tomo.alerts order by id')).map(
      (row) => row.evidence,
    );

  it('is stored with the session, and the country remembered for the user', async () => {
    const { session_id, location } = await open(t, user, from({ ...BERLIN, country: 'de' }));
    expect(location).toBe('first');
    expect(
      await one(
        t,
        'select country, region, city, isp, round(latitude::numeric, 2)::text as lat, location_check from tomo.sessions where id = $1',
        [session_id],
      ),
    ).toEqual({
      country: 'DE',
      region: 'Berlin',
      city: 'Berlin',
      isp: 'Example Net',
      lat: '52.52',
      location_check: 'first',
    });
    expect(await t.sql('select country from tomo.user_places')).toEqual([{ country: 'DE' }]);
    expect(await evidence()).toEqual([]);
  });

  it('is usual where the user has been, also after the sessions of then are deleted', async () => {
    await open(t, user, from(BERLIN));
    expect(await outcome(from(POTSDAM))).toBe('usual');
    await t.sql('delete from tomo.sessions');
    expect(await outcome(from(MUNICH))).toBe('usual');
    expect(await evidence()).toEqual([]);
  });

  it('is new-country where the user has never been, with both places and addresses, distance, hours and speed', async () => {
    const before = await open(t, user, { ...from(BERLIN), ip: '198.51.100.1' });
    await ago(t, 48);
    const { session_id, location } = await open(t, user, from(TOKYO));
    expect(location).toBe('new-country');
    const [found] = await evidence();
    expect(found).toMatchObject({
      reasons: ['new-country'],
      from: { ...BERLIN, ip: '198.51.100.1', session: before.session_id },
      to: { ...TOKYO, ip: '203.0.113.7', session: session_id },
      hours: expect.closeTo(48, 0),
      distanceKm: expect.closeTo(8915, -1),
      kmh: expect.closeTo(186, -1),
    });
    // nothing but the place is known of a country without a position: no distance, and no speed made up
    await open(t, user, from({ country: 'BR' }));
    const [, other] = await evidence();
    expect(other).toMatchObject({
      reasons: ['new-country'],
      to: { country: 'BR' },
      from: { country: 'JP' },
      hours: expect.any(Number),
    });
    expect(Object.keys(other ?? {})).not.toContain('kmh');
    // once seen, it is usual
    expect(await outcome(from({ country: 'BR' }))).toBe('usual');
  });

  it('is impossible-travel where nobody can have come from in that time, of both kinds when the country is new too', async () => {
    await open(t, user, from(BERLIN));
    await ago(t, 1);
    expect(await outcome(from(TOKYO))).toBe('impossible-travel');
    const [found] = await evidence();
    expect(found).toMatchObject({
      reasons: ['impossible-travel', 'new-country'],
      hours: expect.closeTo(1, 1),
      distanceKm: expect.closeTo(8915, -1),
    });
    expect(found?.kmh).toBeGreaterThan(8500);
  });

  it.each([
    // km between, hours: 504 km from Berlin to Munich
    [MUNICH, 0.4, 'impossible-travel'],
    [MUNICH, 0.6, 'usual'],
    [POTSDAM, 0, 'usual'],
    [{ ...MUNICH, latitude: undefined }, 0, 'usual'],
  ])('%j, %d hours after Berlin, is %s', async (place, hours, expected) => {
    await open(t, user, from(BERLIN));
    await ago(t, hours);
    expect(await outcome(from(place))).toBe(expected);
  });

  it('compares with where the user was last active, not where the latest login was', async () => {
    const berlin = await open(t, user, from(BERLIN));
    await ago(t, 30);
    await open(t, user, from(MUNICH));
    await ago(t, 20);
    await t.sql('update tomo.sessions set last_activity_at = clock_timestamp() where id = $1', [berlin.session_id]);
    await t.sql(`insert into tomo.user_places (user_id, country) values ($1, 'JP')`, [user]);
    expect(await outcome(from(TOKYO))).toBe('impossible-travel');
    expect((await evidence())[0]).toMatchObject({ from: { city: 'Berlin' } });
  });

  it.each([
    ['an empty answer', {}],
    ['only a city', { city: 'Springfield' }],
    ['half a position', { latitude: 1 }],
    ['a country that is none', { country: 'Nowhere' }],
  ])('cannot be evaluated with %s: unknown, and no alert', async (_, place) => {
    await open(t, user, from(BERLIN));
    expect(await outcome(from(place))).toBe('unknown');
    expect(await evidence()).toEqual([]);
  });

  it('cannot be evaluated without any address, and waits where nobody has looked it up', async () => {
    expect(await outcome({})).toBe('unknown');
    expect(await outcome({ ip: '203.0.113.7' })).toBe(null);
  });

  it('is skipped for private and trusted addresses, and compared with nothing', async () => {
    await setSettings(t, { trusted_networks: ['198.51.100.0/24', '2001:db8::/32'] });
    const v4 = [
      '10.1.2.3',
      '172.31.255.1',
      '192.168.178.20',
      '100.64.0.9',
      '169.254.1.1',
      '127.0.0.1',
      '198.51.100.200',
    ];
    const v6 = ['::1', 'fd00::1', 'fe80::1', '::ffff:192.168.0.1', '::ffff:192.168.0.1/64', '2001:db8:7::1'];
    for (const ip of [...v4, ...v6]) {
      user = await aUser(t);
      await open(t, user, from(BERLIN));
      expect([ip, await outcome({ ip }), await outcome({ ip, place: TOKYO }), await outcome(from(MUNICH))]).toEqual([
        ip,
        'skipped',
        'skipped',
        'impossible-travel',
      ]);
    }
    expect(new Set((await evidence()).map((found) => (found.from as { city: string }).city))).toEqual(
      new Set(['Berlin']),
    );
    for (const ip of [
      '172.32.0.1',
      '11.0.0.1',
      '100.128.0.1',
      '198.51.101.1',
      '2001:db9::1',
      'fec0::1',
      '::ffff:11.0.0.1',
    ]) {
      user = await aUser(t);
      expect([ip, await outcome({ ip, place: BERLIN })]).toEqual([ip, 'first']);
    }
  });

  it('is evaluated also where no alert is wanted, without one', async () => {
    await setSettings(t, { location_alerts: false });
    await open(t, user, from(BERLIN));
    expect(await outcome(from(TOKYO))).toBe('impossible-travel');
    expect(await count(t, 'tomo.alerts')).toBe(0);
  });

  it('has distances on the globe', async () => {
    const km = async (...points: number[]) =>
      (await one<{ km: number }>(t, 'select tomo.distance_km($1, $2, $3, $4) as km', points)).km;
    expect(await km(52.52, 13.405, 48.137, 11.575)).toBeCloseTo(504, -1);
    expect(await km(0, 179.9, 0, -179.9)).toBeCloseTo(22, 0);
    expect(await km(90, 0, -90, 0)).toBeCloseTo(20_015, -1);
    expect(await km(1, 1, 1, 1)).toBe(0);
  });
});
