import type { Place } from '../../model/session.ts';
import type { Random } from './random.ts';

/** A city, and the addresses that its people come from: all of them from the ranges for documentation. */
export interface City {
  place: Place;
  longitude: number;
  timeZone: string;
  isps: string[];
  /** The first three bytes, and the first and last value of the fourth. */
  v4: [network: string, first: number, last: number];
  v6: string;
}

/** An address, and where it is; a private one is nowhere. */
export interface Address {
  ip: string;
  place: Place | null;
}

type Point = [latitude: number, longitude: number];

function city(
  where: string,
  [latitude, longitude]: Point,
  timeZone: string,
  isps: string,
  v4: string,
  v6: string,
): City {
  const [name, region = name, country] = where.split('/');
  const [network = '', first, last] = v4.split(/\.(?=\d+-)|-/);
  return {
    place: { city: name, region, country, latitude, longitude },
    longitude,
    timeZone,
    isps: isps.split('/'),
    v4: [network, Number(first), Number(last)],
    v6: `2001:db8:${v6}`,
  };
}

const BERLIN_TIME = 'Europe/Berlin';
const US_EAST = 'America/New_York';
const US_WEST = 'America/Los_Angeles';
const BRAZIL = 'America/Sao_Paulo';

export const CITIES = {
  berlin: city('Berlin/Berlin/DE', [52.52, 13.405], BERLIN_TIME, 'Spree Telekom/Havelnet', '203.0.113.1-70', 'b1'),
  hamburg: city(
    'Hamburg/Hamburg/DE',
    [53.551, 9.993],
    BERLIN_TIME,
    'Elbe Kabel/Nordlicht Net',
    '203.0.113.71-120',
    'aa',
  ),
  munich: city('Munich/Bavaria/DE', [48.137, 11.575], BERLIN_TIME, 'Isar Glasfaser', '203.0.113.121-165', '3c'),
  vienna: city('Vienna/Vienna/AT', [48.208, 16.372], 'Europe/Vienna', 'Danubia Kabel', '203.0.113.166-205', 'a7'),
  zurich: city('Zurich/Zurich/CH', [47.377, 8.542], 'Europe/Zurich', 'Limmat Fiber', '203.0.113.206-254', 'c4'),
  amsterdam: city(
    'Amsterdam/North Holland/NL',
    [52.368, 4.904],
    'Europe/Amsterdam',
    'Polder Internet',
    '198.51.100.1-45',
    '31',
  ),
  paris: city('Paris/Île-de-France/FR', [48.857, 2.352], 'Europe/Paris', 'Seine Télécom', '198.51.100.46-90', '75'),
  london: city('London/England/GB', [51.507, -0.128], 'Europe/London', 'Thames Broadband', '198.51.100.91-140', '44'),
  newYork: city('New York/New York/US', [40.713, -74.006], US_EAST, 'Hudson Cable', '198.51.100.141-195', '212'),
  sanFrancisco: city(
    'San Francisco/California/US',
    [37.775, -122.419],
    US_WEST,
    'Golden Gate Fiber',
    '198.51.100.196-254',
    '415',
  ),
  saoPaulo: city('São Paulo/São Paulo/BR', [-23.55, -46.633], BRAZIL, 'Paulista Net', '192.0.2.1-60', '55'),
  tokyo: city('Tokyo/Tokyo/JP', [35.69, 139.692], 'Asia/Tokyo', 'Sumida Hikari', '192.0.2.61-120', '81'),
  lagos: city('Lagos/Lagos/NG', [6.524, 3.379], 'Africa/Lagos', 'Lagoon Mobile', '192.0.2.201-254', '234'),
} satisfies Record<string, City>;

export type CityName = keyof typeof CITIES;

/** An address in that city: IPv4, or IPv6 where `six`. */
export function addressIn({ place, isps, v4, v6 }: City, random: Random, six = false): Address {
  const [network, first, last] = v4;
  const hex = () => random.int(1, 0xffff).toString(16);
  const ip = six ? `${v6}:${hex()}::${hex()}` : `${network}.${random.int(first, last)}`;
  return { ip, place: { ...place, isp: random.pick(isps) } };
}

/** An address in the company's own network. */
export function officeAddress(random: Random): Address {
  return { ip: `10.${random.int(10, 14)}.${random.int(0, 7)}.${random.int(10, 250)}`, place: null };
}
