import { stat } from 'node:fs/promises';
import type { Place } from '../../model/session.ts';
import type { GeoSource } from '../geo/file.ts';
import type { GeoFiles } from '../geo/files.ts';

export interface PlaceOptions {
  /** MaxMind databases (.mmdb) that say where an address is; the first that knows has the word. */
  city: string | string[];
  /** And whose it is. */
  asn?: string | string[] | undefined;
  /** Told what is wrong with a database. Logins go on without a place, which `tomo geo enrich` finds later. */
  onError?: ((error: unknown) => void) | undefined;
  /** Milliseconds between two looks whether a file has been replaced; default a minute. */
  lookAgain?: number | undefined;
}

/** Where logins come from. */
export interface Places {
  /** The place of an address: empty where no database knows it, undefined where none can be asked. Never throws. */
  find: (ip: string) => Promise<Place | undefined>;
}

/** For openSession and loginSession: looks addresses up in these files, which are opened at the first login. */
export function placesFrom({ city, asn = [], onError = () => {}, lookAgain = 60_000 }: PlaceOptions): Places {
  const sourcesOf = (kind: GeoSource['kind'], paths: string | string[]) =>
    [paths].flat().map((path): GeoSource => ({ kind, path, origin: `the option ${kind}` }));
  const sources = [...sourcesOf('city', city), ...sourcesOf('asn', asn)];
  let open: { files: GeoFiles; version: string } | undefined;
  let opening: Promise<void> | undefined;
  let due = Number.NEGATIVE_INFINITY;

  async function refresh(): Promise<void> {
    const stats = await Promise.all(sources.map(({ path }) => stat(path)));
    const version = stats.map(({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`).join();
    if (open?.version === version) return;
    const { openGeoFiles } = await import('../geo/files.ts');
    open = { files: await openGeoFiles(sources), version };
  }

  return {
    find: async (ip) => {
      try {
        if (performance.now() >= due) {
          due = performance.now() + lookAgain;
          opening = refresh().catch(onError);
        }
        // who comes while files are replaced is looked up in the old ones
        if (!open) await opening;
        return open && (open.files.lookUp(ip.replace(/^::ffff:(?=\d+\.)/i, '')) ?? {});
      } catch (error) {
        onError(error);
        return undefined;
      }
    },
  };
}
