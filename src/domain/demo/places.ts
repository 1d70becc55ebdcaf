import type { Random } from './random.ts';

/** A city, and the addresses that its people come from: all of them from the ranges for documentation. */
export interface Place {
  country: string;
  region: string;
  city: string;
  latitude: number;
  longitude: number;
  timeZone: string;
  isps: string[];
  /** First three bytes, and the first and last value of the fourth. */
  v4: [string, number, number];
  v6: string;
}

/** An address, and where it is; a private one is nowhere. */
export interface Address {
  ip: string;
  place: Place | null;
  isp: string | null;
}

const place = (
  city: string,
  region: string,
  country: string,
  [latitude, longitude]: [number, number],
  timeZone: string,
  isps: string[],
  v4: [string, number, number],
  v6: string,
): Place => ({ city, region, country, latitude, longitude, timeZone, isps, v4, v6 });

export const PLACES = {
  berlin: place(
    'Berlin',
    'Berlin',
    'DE',
    [52.52, 13.405],
    'Europe/Berlin',
    ['Spree Telekom', 'Havelnet'],
    ['203.0.113', 1, 70],
    '2001:db8:b1',
  ),
  hamburg: place(
    'Hamburg',
    'Hamburg',
    'DE',
    [53.551, 9.993],
    'Europe/Berlin',
    ['Elbe Kabel', 'Nordlicht Net'],
    ['203.0.113', 71, 120],
    '2001:db8:aa',
  ),
  munich: place(
    'Munich',
    'Bavaria',
    'DE',
    [48.137, 11.575],
    'Europe/Berlin',
    ['Isar Glasfaser'],
    ['203.0.113', 121, 165],
    '2001:db8:3c',
  ),
  vienna: place(
    'Vienna',
    'Vienna',
    'AT',
    [48.208, 16.372],
    'Europe/Vienna',
    ['Danubia Kabel'],
    ['203.0.113', 166, 205],
    '2001:db8:a7',
  ),
  zurich: place(
    'Zurich',
    'Zurich',
    'CH',
    [47.377, 8.542],
    'Europe/Zurich',
    ['Limmat Fiber'],
    ['203.0.113', 206, 254],
    '2001:db8:c4',
  ),
  amsterdam: place(
    'Amsterdam',
    'North Holland',
    'NL',
    [52.368, 4.904],
    'Europe/Amsterdam',
    ['Polder Internet'],
    ['198.51.100', 1, 45],
    '2001:db8:31',
  ),
  paris: place(
    'Paris',
    'Île-de-France',
    'FR',
    [48.857, 2.352],
    'Europe/Paris',
    ['Seine Télécom'],
    ['198.51.100', 46, 90],
    '2001:db8:75',
  ),
  london: place(
    'London',
    'England',
    'GB',
    [51.507, -0.128],
    'Europe/London',
    ['Thames Broadband'],
    ['198.51.100', 91, 140],
    '2001:db8:44',
  ),
  newYork: place(
    'New York',
    'New York',
    'US',
    [40.713, -74.006],
    'America/New_York',
    ['Hudson Cable'],
    ['198.51.100', 141, 195],
    '2001:db8:212',
  ),
  sanFrancisco: place(
    'San Francisco',
    'California',
    'US',
    [37.775, -122.419],
    'America/Los_Angeles',
    ['Golden Gate Fiber'],
    ['198.51.100', 196, 254],
    '2001:db8:415',
  ),
  saoPaulo: place(
    'São Paulo',
    'São Paulo',
    'BR',
    [-23.55, -46.633],
    'America/Sao_Paulo',
    ['Paulista Net'],
    ['192.0.2', 1, 60],
    '2001:db8:55',
  ),
  tokyo: place(
    'Tokyo',
    'Tokyo',
    'JP',
    [35.69, 139.692],
    'Asia/Tokyo',
    ['Sumida Hikari'],
    ['192.0.2', 61, 120],
    '2001:db8:81',
  ),
  lagos: place(
    'Lagos',
    'Lagos',
    'NG',
    [6.524, 3.379],
    'Africa/Lagos',
    ['Lagoon Mobile'],
    ['192.0.2', 201, 254],
    '2001:db8:234',
  ),
} satisfies Record<string, Place>;

export type PlaceName = keyof typeof PLACES;

/** An address in that city: IPv4, or IPv6 where `six`. */
export function addressIn(place: Place, random: Random, six = false): Address {
  const [network, first, last] = place.v4;
  const hex = () => random.int(1, 0xffff).toString(16);
  const ip = six ? `${place.v6}:${hex()}::${hex()}` : `${network}.${random.int(first, last)}`;
  return { ip, place, isp: random.pick(place.isps) };
}

/** An address in the company's own network. */
export function officeAddress(random: Random): Address {
  return { ip: `10.${random.int(10, 14)}.${random.int(0, 7)}.${random.int(10, 250)}`, place: null, isp: null };
}
