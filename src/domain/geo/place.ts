import type { Place } from '../../model/session.ts';

/** What the tables keep: characters. */
const NAME = 100;
const ISP = 200;
/** Kilometres. What is known no better than this is no point on a map: it would look like impossible travel. */
const COARSE = 300;

/**
 * The place in a record of a geolocation database; null when it names none. Knows the nested layout of MaxMind
 * and DB-IP (country.iso_code, https://dev.maxmind.com/geoip/docs/databases/city-and-country/) and the flat one
 * of the npm packages
 * @ip-location-db (country_code, state1). Without a country, that of the network's registration stands in.
 * Coordinates that only mean the middle of a country are left out.
 */
export function placeOf(record: unknown): Place | null {
  const country = countryOf(
    dig(record, 'country', 'iso_code') ?? dig(record, 'country_code') ?? dig(record, 'registered_country', 'iso_code'),
  );
  const region = text(dig(record, 'subdivisions', 0, 'names', 'en') ?? dig(record, 'state1'), NAME);
  const city = text(dig(record, 'city', 'names', 'en') ?? dig(record, 'city'), NAME);
  const latitude = degrees(dig(record, 'location', 'latitude') ?? dig(record, 'latitude'), 90);
  const longitude = degrees(dig(record, 'location', 'longitude') ?? dig(record, 'longitude'), 180);
  const radius = dig(record, 'location', 'accuracy_radius');
  const coarse = (region ?? city) === undefined || (typeof radius === 'number' && radius >= COARSE);
  const point = coarse || latitude === undefined || longitude === undefined ? {} : { latitude, longitude };
  const place = { ...(country && { country }), ...(region && { region }), ...(city && { city }), ...point };
  return country !== undefined || 'latitude' in place ? place : null;
}

/** The provider in a record: of an ISP or ASN database, or of a city database that knows it. */
export function ispOf(record: unknown): string | undefined {
  const keys = ['isp', 'autonomous_system_organization'];
  const names = keys.flatMap((key) => [dig(record, 'traits', key), dig(record, key)]);
  return names.map((name) => text(name, ISP)).find((name) => name !== undefined);
}

function dig(value: unknown, ...path: (string | number)[]): unknown {
  let found = value;
  for (const key of path)
    found = typeof found === 'object' && found !== null ? (found as Record<string | number, unknown>)[key] : undefined;
  return found;
}

/** ZZ is DB-IP's word for an address that belongs to no country. */
function countryOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^(?!zz)[a-z]{2}$/i.test(value) ? value.toUpperCase() : undefined;
}

function text(value: unknown, max: number): string | undefined {
  if (typeof value !== 'string') return undefined;
  // PostgreSQL stores no NUL
  const clean = value.replaceAll('\0', '').trim();
  return (clean.length > max ? [...clean].slice(0, max).join('') : clean) || undefined;
}

/** To four digits, some ten metres: nobody knows it better. */
function degrees(value: unknown, max: number): number | undefined {
  return typeof value === 'number' && Math.abs(value) <= max ? Math.round(value * 10_000) / 10_000 : undefined;
}
