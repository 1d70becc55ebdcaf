import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, inject, it } from 'vitest';
import GeoEnrich from '../../src/commands/geo/enrich.ts';
import GeoStatus from '../../src/commands/geo/status.ts';
import type { GeoStatus as Status } from '../../src/domain/geo/status.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { geoDatabase, PROVIDERS } from '../support/geo.ts';
import { run } from '../support/run.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const BUILT = new Date('2026-11-01T00:00:00Z');

onPostgres('geo status', (t) => {
  const nowhere = () => join(inject('scratch'), 'nowhere');
  const files = () => ({
    TOMO_GEO_CITY_DATABASE: geoDatabase('status-city', { builtAt: BUILT }),
    TOMO_GEO_ASN_DATABASE: geoDatabase('status-asn', { type: 'Test-ASN', networks: PROVIDERS, builtAt: BUILT }),
    XDG_CONFIG_HOME: nowhere(),
  });
  const status = (argv: string[] = [], env: NodeJS.ProcessEnv = {}) =>
    run(t, GeoStatus, argv, { now: NOW, columns: 200, env: { ...files(), ...env } });
  const none = () => ({ TOMO_GEO_CITY_DATABASE: undefined, TOMO_GEO_ASN_DATABASE: undefined });

  it('names the databases, counts the sessions and says what to do next', async () => {
    const ann = await aUser(t, { username: 'ann' });
    for (const ip of ['203.0.113.1', '198.51.100.1', '10.0.0.1', '8.8.8.8']) await aSession(t, ann, { ip });
    const before = await status();
    expect(before.exitCode).toBe(0);
    expect(before.stdout).toMatch(/^City database +Test-City, IPv4 and IPv6, built 2026-11-01$/m);
    expect(before.stdout).toMatch(/^ASN database +Test-ASN, IPv4, built 2026-11-01$/m);
    expect(before.stdout).toMatch(/^Sessions +0 of 4 placed, 0 unknown, 0 skipped$/m);
    expect(before.stdout).toMatch(/^Waiting +4 to look up$/m);
    expect(before.stdout).toMatch(/^Alerts +location_alerts is off/m);
    expect(before.stdout).toMatch(/^Next +tomo geo enrich$/m);
    await run(t, GeoEnrich, [], { env: files() });
    const after = await status();
    expect(after.stdout).toMatch(/^Sessions +2 of 4 placed, 1 unknown, 1 skipped$/m);
    expect(after.stdout).toMatch(
      /^Unusual +1 in a country never seen before$|^Unusual +1 faster than anybody travels$/m,
    );
    expect(after.stdout).toMatch(/^Next .*--again$/m);
    expect((await status(['--json'])).json()).toMatchObject({
      databases: [
        { kind: 'city', type: 'Test-City', builtAt: '2026-11-01T00:00:00.000Z', ipv4: true, ipv6: true, problem: null },
        { kind: 'asn', type: 'Test-ASN', ipv6: false, problem: null },
      ],
      sessions: { pending: 0, counted: 4, placed: 2, unknown: 1, skipped: 1 },
      locationAlerts: false,
      trustedNetworks: [],
      lookup: null,
    });
  });

  it('goes by the flag, then the variable, then the config file', async () => {
    const folder = join(inject('scratch'), `config-${t.engine}`);
    mkdirSync(join(folder, 'tomo'), { recursive: true });
    const [one, two] = [geoDatabase('one', { type: 'One-City' }), geoDatabase('two', { type: 'Two-City' })];
    const config = join(folder, 'tomo', 'config.json');
    writeFileSync(config, JSON.stringify({ geoCityDatabase: [one, two].join(delimiter) }));
    chmodSync(config, 0o600);
    const types = async (argv: string[], env: NodeJS.ProcessEnv) =>
      (await status([...argv, '--json'], env))
        .json<Status>()
        .databases.map((file) => (file.problem === null ? file.type : file.problem));
    const fromConfig = { ...none(), XDG_CONFIG_HOME: folder };
    expect(await types([], fromConfig)).toEqual(['One-City', 'Two-City']);
    expect(await types([], { ...fromConfig, TOMO_GEO_CITY_DATABASE: two })).toEqual(['Two-City']);
    expect(await types(['--city-database', one], { ...fromConfig, TOMO_GEO_CITY_DATABASE: two })).toEqual(['One-City']);
  });

  it('says when a database is old', async () => {
    const { stdout } = await status([], {
      TOMO_GEO_CITY_DATABASE: geoDatabase('old', { builtAt: new Date('2026-09-01') }),
    });
    expect(stdout).toMatch(/^City database .*built 2026-09-01, 83 days ago: get a newer one$/m);
  });

  it('shows what is wrong with a database beside the others: exit 2', async () => {
    const { stdout, exitCode } = await status([], { TOMO_GEO_CITY_DATABASE: '/nowhere/city.mmdb' });
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/^City database .*\/nowhere\/city\.mmdb is not there.*named by TOMO_GEO_CITY_DATABASE/m);
    expect(stdout).toMatch(/^ASN database +Test-ASN/m);
    expect(stdout).toMatch(/^Next +get a database/m);
  });

  it('says where to get one when there is none', async () => {
    const { stdout, exitCode } = await status([], none());
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^City database +none/m);
    expect(stdout).toMatch(/^Next +get a database: docs\/geolocation\.md$/m);
  });

  it.each([
    [
      '203.0.113.7',
      [
        /^Address +203\.0\.113\.7$/m,
        /^Place +Berlin, Land Berlin, DE$/m,
        /^Coordinates +52\.52, 13\.405$/m,
        /^Provider +Spree Telekom$/m,
      ],
    ],
    ['::ffff:203.0.113.7', [/^Address +203\.0\.113\.7$/m, /^Place +Berlin/m]],
    ['2001:DB8:0::7', [/^Address +2001:db8::7$/m, /^Place +Paris/m]],
    ['192.0.2.7', [/^Address +192\.0\.2\.7, trusted: never alerted about$/m, /^Place +Vienna, AT$/m]],
    ['10.0.0.7', [/^Address +10\.0\.0\.7, private: never looked up$/m, /^Place +unknown$/m]],
    ['8.8.8.8', [/^Place +unknown$/m]],
  ])('looks up %s', async (address, lines) => {
    await t.sql(`update tomo.settings set trusted_networks = '{192.0.2.0/24}'`);
    const { stdout, exitCode } = await status([address]);
    expect(exitCode).toBe(0);
    for (const line of lines) expect(stdout).toMatch(line);
  });

  it('answers a program with null for what is not known', async () => {
    const { lookup } = (await status(['203.0.113.7', '--json'])).json<Status>();
    expect(lookup).toEqual({
      ip: '203.0.113.7',
      private: false,
      trusted: false,
      place: {
        country: 'DE',
        region: 'Land Berlin',
        city: 'Berlin',
        isp: 'Spree Telekom',
        latitude: 52.52,
        longitude: 13.405,
      },
    });
    expect((await status(['8.8.8.8', '--json'])).json<Status>().lookup?.place).toBeNull();
    expect((await status(['2001:db8::1', '--json'])).json<Status>().lookup?.place).toMatchObject({ isp: null });
  });

  it.each(['8.8.8', '10.0.0.0/8', 'example.org', ''])('refuses %j as an address', async (address) => {
    const { stderr, exitCode } = await status([address]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/is not an IP address/);
  });
});
