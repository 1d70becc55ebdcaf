import type { Database } from '../../db/port/database.ts';
import type { ServerReference } from './server-reference.ts';

/** The same database with the sessions of the server that was named; of none, or "tomo": those of the schema `tomo`. */
export async function adoptServer(db: Database, server: ServerReference | null): Promise<Database> {
  if (server === null || server.name === 'tomo') return db;
  const { openAdopted } = await import('../../domain/adopted/open.ts');
  return openAdopted(db, server);
}
