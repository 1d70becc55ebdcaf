import { isIP } from 'node:net';
import { type AddressFacts, describeAddress, type PlaceCounts, selectPlaceCounts } from '../../db/geo/places.ts';
import { type Database, readAtOnce, type Transaction } from '../../db/port/database.ts';
import { invalidInput, TomoError } from '../../model/errors.ts';
import type { Session } from '../../model/session.ts';
import { type GeoFacts, type GeoFile, type GeoSource, openGeoFile } from './file.ts';
import { together } from './files.ts';

/** Counting stops here. */
export const COUNTED = 100_000;

/** A configured database: what it says of itself, or what is wrong with it. */
export type GeoFileStatus = GeoSource &
  (({ problem: null } & GeoFacts) | { problem: string; hint: string | undefined });

/** A place with null for what is not known. */
export type GeoPlace = Pick<Session, 'country' | 'region' | 'city' | 'isp' | 'latitude' | 'longitude'>;

export interface GeoLookup extends AddressFacts {
  /** Null: no database knows it. */
  place: GeoPlace | null;
}

export interface GeoStatus {
  databases: GeoFileStatus[];
  /** `pending` in all, up to COUNTED + 1; the others of the latest `counted` logins. */
  sessions: Omit<PlaceCounts, 'locationAlerts' | 'trustedNetworks'>;
  locationAlerts: boolean;
  trustedNetworks: string[];
  lookup: GeoLookup | null;
}

/**
 * Which databases there are and how it stands with the places. `address`: one to look up. Throws
 * INVALID_INPUT for a bad one.
 */
export async function geoStatus(
  db: Database,
  sources: readonly GeoSource[],
  address: string | undefined,
): Promise<GeoStatus> {
  if (address !== undefined && (isIP(address) === 0 || address.includes('%'))) {
    throw invalidInput(`"${address}" is not an IP address.`, 'Give one address, as 203.0.113.7 or 2001:db8::7.');
  }
  const open = (source: GeoSource) =>
    openGeoFile(source).catch((error: unknown): GeoFileStatus => {
      if (error instanceof TomoError) return { ...source, problem: error.message, hint: error.hint };
      throw error;
    });
  const opened = await Promise.all(sources.map(open));
  const files = opened.filter((file): file is GeoFile => 'find' in file);
  const look = (tx: Transaction) =>
    Promise.all([selectPlaceCounts(tx, COUNTED), address === undefined ? null : describeAddress(tx, address)]);
  const [counts, facts] = await readAtOnce(db, look, { parallel: true });
  const { locationAlerts, trustedNetworks, ...sessions } = counts;
  return {
    databases: opened.map(withoutFind),
    sessions,
    locationAlerts,
    trustedNetworks,
    lookup: facts && { ...facts, place: facts.private ? null : lookUp(files, facts.ip) },
  };
}

function lookUp(files: GeoFile[], ip: string): GeoPlace | null {
  const place = together(files).lookUp(ip);
  if (!place) return null;
  const { country = null, region = null, city = null, isp = null, latitude = null, longitude = null } = place;
  return { country, region, city, isp, latitude, longitude };
}

function withoutFind(file: GeoFile | GeoFileStatus): GeoFileStatus {
  if (!('find' in file)) return file;
  const { find: _, ...facts } = file;
  return { ...facts, problem: null };
}
