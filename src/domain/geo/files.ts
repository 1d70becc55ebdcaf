import { TomoError } from '../../model/errors.ts';
import type { Place } from '../../model/session.ts';
import { type GeoFile, type GeoSource, openGeoFile } from './file.ts';
import { ispOf, placeOf } from './place.ts';

/** Addresses whose places are kept at hand. */
const CACHED = 50_000;

/** The opened databases together. */
export interface GeoFiles {
  files: GeoFile[];
  /** Where an address is and whose; null when none of them knows where. The first that knows has the word. */
  lookUp: (ip: string) => Place | null;
}

/** Opens them. Throws INVALID_INPUT for the first that is unusable, and when none says where an address is. */
export async function openGeoFiles(sources: readonly GeoSource[]): Promise<GeoFiles> {
  if (!sources.some(({ kind }) => kind === 'city')) {
    throw new TomoError('INVALID_INPUT', 'No geolocation database is configured that says where an address is.', {
      reason: 'no-city-database',
    });
  }
  return together(await Promise.all(sources.map(openGeoFile)));
}

/** These databases as one. */
export function together(files: GeoFile[]): GeoFiles {
  const cache = new Map<string, Place | null>();
  const find = (ip: string): Place | null => {
    const records = files.map((file) => ({ kind: file.kind, record: file.find(ip) }));
    const [place] = records.flatMap(({ kind, record }) => (kind === 'city' ? (placeOf(record) ?? []) : []));
    const [isp] = records.flatMap(({ record }) => ispOf(record) ?? []);
    return place ? { ...place, ...(isp && { isp }) } : null;
  };
  return {
    files,
    lookUp: (ip) => {
      const known = cache.get(ip);
      if (known !== undefined) return known;
      const place = find(ip);
      if (cache.size >= CACHED) cache.clear();
      cache.set(ip, place);
      return place;
    },
  };
}
