import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from './database.ts';

/** Where the sessions are. */
export type DatabaseTarget =
  /**
   * A server; `url` undefined: the PG* variables of `env`. `changes`: where that names several, one that
   * can be written to. `signal`: stops connecting.
   */
  | {
      kind: 'postgres';
      url: string | undefined;
      env: NodeJS.ProcessEnv;
      changes?: boolean;
      signal?: AbortSignal | undefined;
    }
  /** The embedded PostgreSQL in this folder. */
  | { kind: 'embedded'; directory: string }
  /** The SQLite file of a server. */
  | { kind: 'sqlite'; path: string };

/** Whether an embedded database has been made in this folder. */
export function embeddedExists(directory: string): boolean {
  return existsSync(join(directory, 'data', 'PG_VERSION'));
}

/** Connects. The drivers are imported here, when they are needed. Throws DATABASE_UNREACHABLE or DATABASE_BUSY. */
export async function openDatabase(target: DatabaseTarget): Promise<Database> {
  if (target.kind === 'postgres') {
    const { openPostgres } = await import('./postgres.ts');
    return openPostgres(target.url, target.env, undefined, target.changes, target.signal);
  }
  if (target.kind === 'sqlite') {
    const { openSqlite } = await import('./sqlite.ts');
    return openSqlite(target.path);
  }
  const { openEmbedded } = await import('./pglite.ts');
  return openEmbedded(target.directory);
}
