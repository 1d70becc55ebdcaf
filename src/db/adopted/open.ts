import type { Database } from '../port/database.ts';
import { adopt } from './port.ts';
import { findDescription } from './servers/index.ts';

/** The same database with the sessions of the server with this name, as it is set up. Throws INVALID_INPUT. */
export async function openAdopted(
  db: Database,
  { name, options }: { name: string; options: Readonly<Record<string, string>> },
): Promise<Database> {
  return adopt(db, { description: await findDescription(name), options });
}
