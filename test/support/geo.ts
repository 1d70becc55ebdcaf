import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type MmdbOptions, writeMmdb } from './mmdb.ts';

const nested = (country: string, region: string, city: string, latitude: number, longitude: number) => ({
  country: { iso_code: country },
  subdivisions: [{ names: { en: region } }],
  city: { names: { en: city } },
  location: { latitude, longitude, accuracy_radius: 20 },
});

/** Who is where in tests: /24 networks, and one of IPv6. Beside them nobody is anywhere. */
export const NETWORKS = {
  '203.0.113.0/24': nested('DE', 'Land Berlin', 'Berlin', 52.52, 13.405),
  '198.51.100.0/24': nested('NG', 'Lagos', 'Lagos', 6.524, 3.379),
  '192.0.2.0/24': nested('AT', 'Vienna', 'Vienna', 48.208, 16.372),
  '2001:db8::/32': nested('FR', 'Île-de-France', 'Paris', 48.857, 2.352),
};

export const PROVIDERS = {
  '203.0.113.0/24': { autonomous_system_number: 64_500n, autonomous_system_organization: 'Spree Telekom' },
  '198.51.100.0/24': { autonomous_system_number: 64_501n, autonomous_system_organization: 'Lagoon Mobile' },
};

let serial = 0;

/** Writes a database, a new one each time, and returns its path. */
export function geoDatabase(name: string, options: Partial<MmdbOptions> = {}): string {
  serial += 1;
  const path = join(inject('scratch'), `${name}-${process.pid}-${serial}.mmdb`);
  writeFileSync(path, writeMmdb({ type: 'Test-City', networks: NETWORKS, ...options }));
  return path;
}
