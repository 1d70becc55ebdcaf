import type { Database } from '../../db/port/database.ts';
import { SCHEMA_VERSION } from '../../db/port/schema-version.ts';
import { migrationFiles } from '../../db/schema/files.ts';
import { type AppliedMigration, appliedMigrations, migrate, migrationName } from '../../db/schema/migrate.ts';
import { selectServerFacts } from '../../db/schema/server.ts';

export interface SchemaStatus {
  /** Where, without user and password. */
  location: string;
  database: string;
  embedded: boolean;
  server: string;
  role: string;
  /** Of the database, null without our schema, and of this program. */
  version: number | null;
  needed: number;
  state: 'current' | 'missing' | 'older' | 'newer';
  applied: AppliedMigration[];
  pending: string[];
}

/** What is there and what is missing. Works on any database; changes nothing. */
export async function schemaStatus(db: Database): Promise<SchemaStatus> {
  const about = await selectServerFacts(db);
  const applied = await appliedMigrations(db);
  const version = applied.at(-1)?.version ?? null;
  return {
    location: db.location,
    database: about.name,
    embedded: db.embedded,
    server: about.server,
    role: about.role,
    version,
    needed: SCHEMA_VERSION,
    state:
      version === null
        ? 'missing'
        : version < SCHEMA_VERSION
          ? 'older'
          : version > SCHEMA_VERSION
            ? 'newer'
            : 'current',
    applied,
    pending: migrationFiles()
      .filter((file) => file.version > (version ?? 0))
      .map(migrationName),
  };
}

export { migrate };
