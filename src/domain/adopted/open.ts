import { adopt } from '../../db/adopted/port.ts';
import type { Database } from '../../db/port/database.ts';
import { findDescription } from './find-description.ts';

/**
 * The same database with the sessions of the server that is known by this name, or described in this file, as it is
 * set up. `assumed`: hears of the zone that times are read in, where nobody has named it. Throws INVALID_INPUT.
 */
export async function openAdopted(
  db: Database,
  { name, options }: { name: string; options: Readonly<Record<string, string>> },
  assumed?: (zone: string) => void,
): Promise<Database> {
  const pairs = Object.entries(options).map(([option, value]) => `${option}=${value}`);
  const reference = pairs.length > 0 ? `${name}:${pairs.join(',')}` : name;
  return adopt(db, { reference, description: await findDescription(name), options }, assumed);
}
