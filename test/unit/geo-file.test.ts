import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { type GeoKind, openGeoFile } from '../../src/domain/geo/file.ts';
import { openGeoFiles } from '../../src/domain/geo/files.ts';
import { type MmdbOptions, writeMmdb } from '../support/mmdb.ts';

const folder = mkdtempSync(join(tmpdir(), 'tomo-geo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let serial = 0;
const save = (bytes: Buffer | string) => {
  serial += 1;
  const path = join(folder, `${serial}.mmdb`);
  writeFileSync(path, bytes);
  return path;
};
const pipe = () => {
  const path = save('');
  rmSync(path);
  execFileSync('mkfifo', [path]);
  return path;
};
const source = (path: string, kind: GeoKind = 'city') => ({ kind, path, origin: 'TOMO_GEO_CITY_DATABASE' });
const make = (options: Partial<MmdbOptions> = {}) =>
  writeMmdb({
    type: 'Test-City',
    networks: {
      '203.0.113.0/24': { country_code: 'DE' },
      '203.0.113.128/25': { country_code: 'AT' },
      '2001:db8::/32': { country_code: 'FR' },
    },
    ...options,
  });
const failure = (path: string, kind?: GeoKind) => openGeoFile(source(path, kind)).then(() => undefined, String);

describe('a geolocation database', () => {
  it.each([24, 28, 32] as const)(
    'with records of %i bits: finds the narrowest network, of IPv4 and IPv6',
    async (recordSize) => {
      const builtAt = new Date('2026-06-05T13:42:02Z');
      const { find, ...facts } = await openGeoFile(source(save(make({ recordSize, builtAt }))));
      expect(facts).toMatchObject({ type: 'Test-City', builtAt: '2026-06-05T13:42:02.000Z', ipv4: true, ipv6: true });
      expect(find('203.0.113.7')).toEqual({ country_code: 'DE' });
      expect(find('203.0.113.200')).toEqual({ country_code: 'AT' });
      expect(find('2001:db8:1::7')).toEqual({ country_code: 'FR' });
      expect(find('198.51.100.1')).toBeNull();
      expect(find('2001:db9::7')).toBeNull();
    },
  );

  it('of IPv4 knows nothing of IPv6, although walking its tree would find something', async () => {
    const networks = { '0.0.0.0/1': { country_code: 'CN' }, '128.0.0.0/1': { country_code: 'CN' } };
    const file = await openGeoFile(source(save(make({ ipVersion: 4, networks }))));
    expect(file).toMatchObject({ ipv4: true, ipv6: false });
    expect(file.find('203.0.113.7')).toEqual({ country_code: 'CN' });
    expect(file.find('2001:db8::7')).toBeNull();
  });

  it('says when a tree for IPv6 holds only one of them', async () => {
    expect(
      await openGeoFile(source(save(make({ networks: { '2001:db8::/32': { country_code: 'FR' } } })))),
    ).toMatchObject({
      ipv4: false,
      ipv6: true,
    });
    expect(
      await openGeoFile(source(save(make({ networks: { '203.0.113.0/24': { country_code: 'DE' } } })))),
    ).toMatchObject({
      ipv4: true,
      ipv6: false,
    });
  });

  it.each([
    ['is not there', () => join(folder, 'none.mmdb'), /none\.mmdb is not there/],
    ['lies in no folder', () => join(save('x'), 'none.mmdb'), /is not there/],
    ['is a folder', () => folder, /is not a file/],
    ['is a pipe', pipe, /is not a file/],
    ['is empty', () => save(''), /is not a MaxMind database/],
    [
      'is something else',
      () => save('{"country": "DE"}'.repeat(1000)),
      /is not a MaxMind database \(\.mmdb\), or its end is missing/,
    ],
    ['was cut off', () => save(make().subarray(0, 300)), /its end is missing/],
    ['was cut off at the very end', () => save(make().subarray(0, -20)), /is damaged/],
    ['is compressed', () => save(gzipSync(make())), /is compressed/],
    ['has lost its beginning', () => save(make().subarray(40)), /is damaged/],
    ['has metadata of nothing', () => save(Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')), /is damaged/],
  ])('that %s: says so, and where it was named', async (_, path, message) => {
    const told = await failure(path());
    expect(told).toMatch(message);
    await expect(openGeoFile(source(path()))).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      hint: expect.stringMatching(/TOMO_GEO|again|Unpack/),
    });
  });

  // root may read it all the same
  it.skipIf(process.getuid?.() === 0)('that only others may read is a matter of rights', async () => {
    const path = save(make());
    chmodSync(path, 0o000);
    await expect(openGeoFile(source(path))).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  it('whose records are damaged: names the address', async () => {
    const bytes = make();
    const at = bytes.indexOf(Buffer.from('country_code')) - 2;
    bytes.fill(0, at, at + 2);
    const file = await openGeoFile(source(save(bytes)));
    expect(() => file.find('203.0.113.7')).toThrow(/is damaged: the record of 203\.0\.113\.7/);
  });

  it.each([
    ['GeoLite2-ASN', 'city', /does not say where an address is.*/],
    ['asn ipv4', 'city', /does not say where/],
    ['GeoIP2-ISP', 'city', /does not say where/],
    ['GeoIP2-Anonymous-IP', 'city', /does not say where/],
    ['GeoLite2-City', 'asn', /does not say whose/],
    ['country ipvAll', 'asn', /does not say whose/],
  ] as const)('of the type %s is not taken for %s', async (type, kind, message) => {
    expect(await failure(save(make({ type })), kind)).toMatch(message);
  });

  it.each([
    ['GeoIP2-Enterprise', 'city'],
    ['GeoIP2-Enterprise', 'asn'],
    ['DBIP-Location-ISP (compat=Enterprise)', 'city'],
    ['city ipv4', 'city'],
    ['GeoLite2-Country', 'city'],
    ['GeoIP2-ISP', 'asn'],
    ['DBIP-ASN-Lite (compat=GeoLite2-ASN)', 'asn'],
    ['made at home', 'city'],
    ['made at home', 'asn'],
  ] as const)('of the type %s is taken for %s', async (type, kind) => {
    expect(await failure(save(make({ type })), kind)).toBeUndefined();
  });
});

describe('several databases', () => {
  const city4 = () =>
    source(save(make({ ipVersion: 4, networks: { '203.0.113.0/24': { country_code: 'DE', city: 'Berlin' } } })));
  const city6 = () => source(save(make({ networks: { '2001:db8::/32': { country_code: 'FR', state1: 'Bretagne' } } })));
  const asn = () =>
    source(
      save(
        make({
          type: 'asn',
          networks: {
            '203.0.113.0/25': { autonomous_system_organization: 'Example Net' },
            '198.51.100.0/24': { isp: 'X' },
          },
        }),
      ),
      'asn',
    );

  it('are asked for each address: the first that knows the place has the word, another adds the provider', async () => {
    const { lookUp } = await openGeoFiles([asn(), city4(), city6(), source(save(make()))]);
    expect(lookUp('203.0.113.7')).toEqual({ country: 'DE', city: 'Berlin', isp: 'Example Net' });
    expect(lookUp('203.0.113.7')).toEqual({ country: 'DE', city: 'Berlin', isp: 'Example Net' });
    expect(lookUp('203.0.113.200')).toEqual({ country: 'DE', city: 'Berlin' });
    expect(lookUp('2001:db8::7')).toEqual({ country: 'FR', region: 'Bretagne' });
    // whose it is alone says nothing about where
    expect(lookUp('198.51.100.7')).toBeNull();
  });

  it('need one that says where an address is', async () => {
    await expect(openGeoFiles([])).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      reason: 'no-city-database',
    });
    await expect(openGeoFiles([asn()])).rejects.toThrow(/where an address is/);
  });
});
