import { join } from 'node:path';
import { beforeEach, expect, inject, it } from 'vitest';
import GeoEnrich from '../../src/commands/geo/enrich.ts';
import { aSession, aUser } from '../support/builders.ts';
import { CLUSTER } from '../support/cluster.ts';
import { onBothEngines, onPostgres, type TestDatabase } from '../support/database.ts';
import { geoDatabase, NETWORKS, PROVIDERS } from '../support/geo.ts';
import { type RunOptions, run } from '../support/run.ts';

const DAY = 24 * 60;
const SUMMARY = /^Places: (.*) \(\d+\.\d s\)\.(.*)\n$/;

const enrich = (t: TestDatabase, argv: string[] = [], options: RunOptions = {}) =>
  run(t, GeoEnrich, argv, {
    ...options,
    env: {
      TOMO_GEO_CITY_DATABASE: geoDatabase('city'),
      TOMO_GEO_ASN_DATABASE: geoDatabase('asn', { type: 'Test-ASN', networks: PROVIDERS }),
      XDG_CONFIG_HOME: inject('scratch'),
      ...options.env,
    },
  });

onBothEngines('geo enrich', (t) => {
  let ann: string;

  beforeEach(async () => {
    ann = await aUser(t, { username: 'ann' });
  });

  const checks = async () =>
    (await t.sql<{ c: string | null }>('select location_check as c from tomo.sessions order by created_at')).map(
      ({ c }) => c,
    );
  const alertsOn = () => t.sql('update tomo.settings set location_alerts = true');

  it('stores country, region, city, ISP and coordinates, and notes where the user has been', async () => {
    await aSession(t, ann, { ip: '203.0.113.7', age: 60 });
    const { stdout, stderr, exitCode } = await enrich(t);
    expect(exitCode).toBe(0);
    expect(SUMMARY.exec(stdout)?.[1]).toBe('1 session placed');
    expect(stderr).toBe('');
    expect(
      await t.sql('select country, region, city, isp, latitude, longitude, location_check from tomo.sessions'),
    ).toEqual([
      {
        country: 'DE',
        region: 'Land Berlin',
        city: 'Berlin',
        isp: 'Spree Telekom',
        latitude: 52.52,
        longitude: 13.405,
        location_check: 'first',
      },
    ]);
    expect(
      await t.sql(`select p.country from tomo.user_places p
        join tomo.sessions s on p.first_seen_at = s.created_at and p.user_id = s.user_id`),
    ).toEqual([{ country: 'DE' }]);
  });

  it('takes the flat layout, IPv6, and IPv4 that came over IPv6', async () => {
    for (const ip of ['2001:db8::7', '::ffff:203.0.113.9', '203.0.113.9']) await aSession(t, ann, { ip });
    const city = geoDatabase('flat', {
      ipVersion: 4,
      networks: {
        '203.0.113.0/24': { country_code: 'DE', state1: 'Berlin', city: 'Berlin', latitude: 52.52, longitude: 13.4 },
      },
    });
    await enrich(t, ['--city-database', city, '--city-database', geoDatabase('city')]);
    const rows = await t.sql<{ ip: string; city: string }>('select host(ip) as ip, city from tomo.sessions order by 1');
    expect(rows).toEqual([
      { ip: '2001:db8::7', city: 'Paris' },
      { ip: '203.0.113.9', city: 'Berlin' },
      { ip: '::ffff:203.0.113.9', city: 'Berlin' },
    ]);
  });

  it('skips private and trusted networks, calls the rest unknown, and looks at none of them again', async () => {
    await t.sql(`update tomo.settings set trusted_networks = '{198.51.100.0/24}'`);
    for (const ip of ['10.0.0.7', '::ffff:192.168.1.1', 'fd00::1', '198.51.100.7', '8.8.8.8', null])
      await aSession(t, ann, { ip });
    const ran = await enrich(t, ['--json']);
    expect(ran.json()).toMatchObject({ examined: 6, placed: 0, skipped: 4, unknown: 2, alerts: 0 });
    expect((await checks()).toSorted()).toEqual(['skipped', 'skipped', 'skipped', 'skipped', 'unknown', 'unknown']);
    // the place of a trusted network is worth knowing all the same
    expect(await t.sql(`select city from tomo.sessions where ip = '198.51.100.7'`)).toEqual([{ city: 'Lagos' }]);
    const again = await enrich(t);
    expect(SUMMARY.exec(again.stdout)?.[1]).toBe('nothing to do');
    expect((await enrich(t, ['--quiet'])).stdout).toBe('');
  });

  it('judges each login by what was before it, whatever has been placed already', async () => {
    // Vienna is known from a login that the server has placed, later than all of these
    await aSession(t, ann, { ip: '192.0.2.1', age: 10, idle: 1, country: 'AT', city: 'Vienna' });
    await t.sql(`update tomo.sessions set location_check = 'first'`);
    await t.sql(
      'update tomo.user_places p set first_seen_at = s.created_at from tomo.sessions s where s.user_id = p.user_id',
    );
    await aSession(t, ann, { ip: '203.0.113.1', age: 20 * DAY, idle: 19 * DAY });
    await aSession(t, ann, { ip: '203.0.113.2', age: 10 * DAY, idle: 9 * DAY });
    await aSession(t, ann, { ip: '192.0.2.2', age: 5 * DAY, idle: 4 * DAY });
    await aSession(t, ann, { ip: '192.0.2.3', age: 4 * DAY, idle: 3 * DAY });
    await aSession(t, ann, { ip: '198.51.100.1', age: 3 * DAY - 20, idle: 2 * DAY });
    await aSession(t, ann, { ip: '203.0.113.3', age: DAY, idle: 100 });
    const ran = await enrich(t, ['--json']);
    expect(ran.json()).toMatchObject({ examined: 6, placed: 6, newCountry: 1, impossibleTravel: 1 });
    expect(await checks()).toEqual(['first', 'usual', 'new-country', 'usual', 'impossible-travel', 'usual', 'first']);
    expect(
      await t.sql(`select first_seen_at = (select min(created_at) from tomo.sessions where country = 'AT') as earliest
      from tomo.user_places where country = 'AT'`),
    ).toEqual([{ earliest: true }]);
  });

  it('comes to the same in batches of any size', async () => {
    const ips = ['203.0.113.1', '198.51.100.1', '192.0.2.1', '2001:db8::1', '10.0.0.1', '8.8.8.8'];
    const bob = await aUser(t, { username: 'bob' });
    for (let i = 0; i < 240; i += 1)
      await aSession(t, i % 3 === 0 ? bob : ann, {
        ip: ips[(i * i + (i >> 2)) % ips.length],
        age: 20_000 - i * 37,
        idle: 20_000 - i * 37 - 30,
      });
    await enrich(t, ['--batch-size', '10000']);
    const whole = await checks();
    expect(new Set(whole)).toEqual(
      new Set(['first', 'usual', 'new-country', 'impossible-travel', 'skipped', 'unknown']),
    );
    await t.sql('update tomo.sessions set location_check = null, country = null, latitude = null, longitude = null');
    await t.sql('delete from tomo.user_places');
    await enrich(t, ['--batch-size', '100']);
    expect(await checks()).toEqual(whole);
    // and each is what tomo.check_location says of it alone; no node of a cluster can be asked that for each row
    if (CLUSTER) return;
    const alone = await t.sql<{ same: boolean }>(
      `select k.outcome = s.location_check as same from tomo.sessions s cross join lateral
         tomo.check_location(s.user_id, s.id, s.ip, coalesce(tomo.clean_place(to_jsonb(s)), '{}'), s.created_at, '{}') k`,
    );
    expect(alone.filter(({ same }) => !same)).toEqual([]);
  });

  it('leaves a place that the server has given, and judges by that', async () => {
    await aSession(t, ann, { ip: '203.0.113.7', country: 'CH', city: 'Basel' });
    await enrich(t);
    expect(await t.sql('select country, city, region, isp, latitude, location_check from tomo.sessions')).toEqual([
      {
        country: 'CH',
        city: 'Basel',
        region: null,
        isp: 'Spree Telekom',
        latitude: null,
        location_check: expect.stringMatching(/first|new-country/),
      },
    ]);
  });

  it('raises an alert with both places, distance and speed about an unusual login of the last day, and about no older one', async () => {
    await alertsOn();
    await aSession(t, ann, { ip: '203.0.113.1', age: 3 * DAY, idle: 2 * DAY });
    await aSession(t, ann, { ip: '192.0.2.1', age: DAY + 60, idle: DAY + 30 });
    const from = await aSession(t, ann, { ip: '203.0.113.2', age: 200, idle: 60, browser: 'Firefox', os: 'Windows' });
    const to = await aSession(t, ann, { ip: '198.51.100.1', age: 30, idle: 5, browser: 'Chrome', os: 'Linux' });
    const ran = await enrich(t, ['--json']);
    expect(ran.json()).toMatchObject({ placed: 4, newCountry: 1, impossibleTravel: 1, alerts: 1 });
    const alerts = await t.sql<{ evidence: Record<string, unknown> }>(
      'select kind, session_id, user_id, evidence from tomo.alerts',
    );
    expect(alerts).toMatchObject([
      {
        kind: 'unusual_location',
        session_id: to,
        user_id: ann,
        evidence: {
          browser: 'Chrome',
          os: 'Linux',
          ip: '198.51.100.1',
          loginMethod: 'password',
          place: { country: 'NG', city: 'Lagos', isp: 'Lagoon Mobile' },
          reasons: ['impossible-travel', 'new-country'],
          to: { country: 'NG', city: 'Lagos', ip: '198.51.100.1', session: to },
          from: { country: 'DE', city: 'Berlin', ip: '203.0.113.2', session: from },
          distanceKm: 5196,
          hours: 0.5,
        },
      },
    ]);
  });

  it('counts the alerts that there are more, not those that another one counts', async () => {
    await alertsOn();
    await aSession(t, ann, { ip: '203.0.113.1', age: 300, idle: 240 });
    for (const age of [50, 30])
      for (const [ip, later] of [
        ['198.51.100.1', 0],
        ['203.0.113.1', 10],
      ] as const)
        await aSession(t, ann, { ip, age: age - later, idle: age - later - 5 });
    expect((await enrich(t, ['--json'])).json()).toMatchObject({ placed: 5, impossibleTravel: 4, alerts: 2 });
    expect(await t.sql(`select evidence -> 'repeated' as again from tomo.alerts`)).toEqual([
      { again: 1 },
      { again: 1 },
    ]);
  });

  it('raises no alert while location_alerts is off', async () => {
    await aSession(t, ann, { ip: '203.0.113.1', age: 300, idle: 200 });
    await aSession(t, ann, { ip: '198.51.100.1', age: 30 });
    expect((await enrich(t, ['--json'])).json()).toMatchObject({ impossibleTravel: 1, alerts: 0 });
    expect(await t.sql('select id from tomo.alerts')).toEqual([]);
  });

  it('takes for the place where somebody was last no moment that it cannot know', async () => {
    // Remembered for weeks and in use until now, but where it was six days ago nobody knows: no impossible travel.
    await aSession(t, ann, { ip: '203.0.113.1', age: 10 * DAY, idle: 0, remember: true });
    await aSession(t, ann, { ip: '198.51.100.1', age: 6 * DAY, idle: 5 * DAY, remember: true });
    // This one would have run out had it not been used within the hour before.
    await aSession(t, ann, { ip: '203.0.113.1', age: 2 * DAY, idle: DAY });
    await aSession(t, ann, { ip: '198.51.100.1', age: 2 * DAY - 300, idle: DAY });
    await enrich(t);
    expect(await checks()).toEqual(['first', 'new-country', 'usual', 'impossible-travel']);
  });

  it('says with --dry-run what it would do, and changes nothing', async () => {
    for (const ip of ['203.0.113.7', '198.51.100.7', '10.0.0.7', '8.8.8.8', null]) await aSession(t, ann, { ip });
    await aSession(t, ann, { ip: '8.8.4.4', country: 'US' });
    const { stdout, exitCode } = await enrich(t, ['--dry-run']);
    expect(exitCode).toBe(0);
    expect(stdout).toBe('Of 6 sessions, 3 would be placed, 2 would stay unknown, 1 would be skipped.\n');
    expect(await checks()).toEqual([null, null, null, null, null, null]);
    expect(await t.sql('select id from tomo.audit_log')).toEqual([]);
    expect((await enrich(t, ['-n', '--json', '--limit', '2'])).json()).toMatchObject({ dryRun: true, examined: 2 });
    expect((await enrich(t, ['--json'])).json()).toMatchObject({ examined: 6, placed: 3, unknown: 2, skipped: 1 });
    expect((await enrich(t, ['--dry-run'])).stdout).toBe('There is no session to place.\n');
  });

  it('writes one audit row for a run that has changed something, with what it knew it from', async () => {
    for (let i = 0; i < 250; i += 1) await aSession(t, ann, { age: 20 + i });
    await enrich(t, ['--batch-size', '100']);
    await enrich(t);
    expect(
      await t.sql(
        `select action, (detail ->> 'placed')::int as placed, detail #>> '{databases,0,type}' as type from tomo.audit_log`,
      ),
    ).toEqual([{ action: 'geo-enrich', placed: 250, type: 'Test-City' }]);
  });

  it('looks with --again at what was unknown, and leaves what still is', async () => {
    await aSession(t, ann, { ip: '203.0.113.7', age: 100 });
    await aSession(t, ann, { ip: '198.51.100.7', age: 90 });
    await aSession(t, ann, { ip: '8.8.8.8', age: 80 });
    const old = geoDatabase('old', { networks: { '203.0.113.0/24': NETWORKS['203.0.113.0/24'] } });
    await enrich(t, ['--city-database', old]);
    expect(await checks()).toEqual(['first', 'unknown', 'unknown']);
    expect(SUMMARY.exec((await enrich(t)).stdout)?.[1]).toBe('nothing to do');
    expect((await enrich(t, ['--again', '--json'])).json()).toMatchObject({
      examined: 2,
      placed: 1,
      unknown: 1,
      impossibleTravel: 1,
    });
    expect(await checks()).toEqual(['first', 'impossible-travel', 'unknown']);
    expect((await enrich(t, ['--again', '--json'])).json()).toMatchObject({ examined: 1, placed: 0, unknown: 1 });
    expect(await t.sql('select id from tomo.audit_log')).toHaveLength(2);
  });

  it('stops at --limit: exit 8 while work remains, oldest first, and goes on from there', async () => {
    for (let i = 0; i < 5; i += 1) await aSession(t, ann, { age: 100 - i });
    const first = await enrich(t, ['--limit', '2']);
    expect(first.exitCode).toBe(8);
    expect(first.stdout).toMatch(/2 sessions placed .*work remains/);
    expect((await checks()).map((check) => check !== null)).toEqual([true, true, false, false, false]);
    const second = await enrich(t, ['--limit', '3', '--json']);
    expect(second.exitCode).toBe(0);
    expect(second.json()).toMatchObject({ examined: 3, workRemains: false });
  });

  it('stops when its time is used up: exit 8, and the next run finishes', async () => {
    for (let i = 0; i < 150; i += 1) await aSession(t, ann, { age: 20 + i });
    // every batch takes longer than the time that is given, on any machine
    await t.sql(`create or replace function public.slowly() returns trigger language plpgsql as $$
      declare until timestamptz := pg_catalog.clock_timestamp() + interval '1.1 seconds';
      begin
        while pg_catalog.clock_timestamp() < until loop end loop;
        return null;
      end $$`);
    await t.sql(
      'create trigger slowly after update on tomo.sessions for each statement execute function public.slowly()',
    );
    const ran = await enrich(t, ['--max-duration', '1s', '--batch-size', '100']);
    await t.sql('drop trigger slowly on tomo.sessions');
    expect(ran.exitCode).toBe(8);
    expect(ran.stdout).toMatch(/100 sessions placed .*work remains/);
    expect((await enrich(t, ['--json'])).json()).toMatchObject({ examined: 50, workRemains: false });
  });

  it('stops between batches at Ctrl-C: exit 130', async () => {
    for (let i = 0; i < 3; i += 1) await aSession(t, ann);
    const { stdout, exitCode } = await enrich(t, [], { interrupt: (press) => press() });
    expect(exitCode).toBe(130);
    expect(stdout).toMatch(/Interrupted/);
    expect(await checks()).toEqual([null, null, null]);
  });

  it('survives hostile and odd records', async () => {
    await aSession(t, ann, { ip: '203.0.113.7' });
    const city = geoDatabase('hostile', {
      networks: {
        '203.0.113.0/24': {
          country_code: 'DE',
          state1: '\0\u001b[31m',
          city: `${'🦊'.repeat(300)}'"\\`,
          latitude: Number.NaN,
          longitude: 1e300,
        },
      },
    });
    await enrich(t, ['--city-database', city]);
    expect(await t.sql('select country, region, length(city) as length, latitude from tomo.sessions')).toEqual([
      { country: 'DE', region: '\u001b[31m', length: 100, latitude: null },
    ]);
  });

  it('says what to do where no database is configured, or only one of providers', async () => {
    const none = await enrich(t, [], {
      env: { TOMO_GEO_CITY_DATABASE: '', TOMO_GEO_ASN_DATABASE: '', XDG_CONFIG_HOME: join(inject('scratch'), 'none') },
    });
    expect(none.exitCode).toBe(2);
    expect(none.stderr).toMatch(
      /No geolocation database is configured.*TOMO_GEO_CITY_DATABASE.*docs\/geolocation\.md/s,
    );
    const asn = await enrich(t, ['--city-database', geoDatabase('asn', { type: 'Test-ASN', networks: PROVIDERS })]);
    expect(asn.exitCode).toBe(2);
    expect(asn.stderr).toMatch(/type "Test-ASN".*--asn-database/s);
  });
});

onPostgres('geo enrich beside others', (t) => {
  it('does nothing while another one runs, and says so', async () => {
    const other = await t.connect();
    const owner = '5c9f1d3e-0000-4000-8000-000000000000';
    await other.query("select tomo.take_lease('geo', $1, 60)", [owner]);
    const { stdout, exitCode } = await enrich(t);
    expect(exitCode).toBe(0);
    expect(stdout).toBe('Another geo enrich is running; this one did nothing.\n');
    await other.query("select tomo.release_lease('geo', $1)", [owner]);
  });

  it('leaves a session that a request holds to the next run, and does not wait for it', async () => {
    t.notOnCluster('a row that somebody holds is waited for there');
    const ann = await aUser(t, { username: 'ann' });
    const held = await aSession(t, ann, { age: 50 });
    await aSession(t, ann, { age: 40 });
    const request = await t.connect();
    await request.query('begin');
    await request.query('select from tomo.sessions where id = $1 for no key update', [held]);
    expect((await enrich(t, ['--json'])).json()).toMatchObject({ examined: 1, placed: 1 });
    await request.query('rollback');
    expect((await enrich(t, ['--json'])).json()).toMatchObject({ examined: 1, placed: 1 });
  });

  it('needs a role that may execute its functions, and no right on the tables', async () => {
    await aSession(t, await aUser(t), { age: 50 });
    const role = `places_${process.pid}`;
    await t.sql(`create role ${role} login`);
    await t.sql(`grant usage on schema tomo to ${role}`);
    await t.sql(`grant select on tomo.schema_migrations to ${role}`);
    await t.sql(
      `grant execute on function tomo.take_lease, tomo.release_lease, tomo.lock_unlocated, tomo.locate_sessions, tomo.record_places to ${role}`,
    );
    const db = await t.connect();
    await db.query(`set session authorization ${role}`);
    const ran = await enrich({ ...t, db }, ['--json', '--limit', '1']);
    await db.query('reset session authorization');
    await t.sql(`drop owned by ${role}`);
    await t.sql(`drop role ${role}`);
    expect(ran.json()).toMatchObject({ examined: 1, placed: 1, workRemains: false });
  });
});
