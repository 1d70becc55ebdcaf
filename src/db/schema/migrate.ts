import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, write } from '../port/database.ts';
import { checkSchemaVersion, SCHEMA_VERSION } from '../port/schema-version.ts';

/** A migration that has been applied. */
export interface AppliedMigration {
  version: number;
  name: string;
  appliedAt: string;
}

interface MigrationFile {
  version: number;
  name: string;
  sql: string;
}

/** The migrations that ship with this program, in order. */
export function migrationFiles(): MigrationFile[] {
  const folder = join(import.meta.dirname, '..', 'migrations');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => ({
      version: Number(file.slice(0, 4)),
      name: file.slice(5, -4),
      sql: readFileSync(join(folder, file), 'utf8'),
    }));
}

/**
 * Applies what is missing, each file in a transaction of its own, and returns the names of those. Two runners at
 * once are harmless: the second waits for the lock, sees the row of the first and goes on.
 * Throws SCHEMA_NEWER without changing anything when the database is ahead of this program.
 */
export async function migrate(db: Database): Promise<string[]> {
  const applied: string[] = [];
  for (const file of migrationFiles()) {
    const done = await write(
      db,
      async (tx) => {
        await tx.query(`select pg_advisory_xact_lock(hashtextextended('tomo.schema_migrations', 0))`);
        // where it has been made for us, the right to make one is not needed
        const [schema] = await tx.query<{ there: boolean }>(`select to_regnamespace('tomo') is not null as there`);
        if (!schema?.there) await tx.query('create schema tomo');
        await tx.query(`create table if not exists tomo.schema_migrations (
          version integer primary key, name text not null, applied_at timestamptz not null default clock_timestamp())`);
        const [row] = await tx.query<{ version: number | null }>(
          'select max(version) as version from tomo.schema_migrations',
        );
        const version = row?.version ?? 0;
        if (version > SCHEMA_VERSION) checkSchemaVersion(version);
        if (version >= file.version) return false;
        await tx.query('insert into tomo.schema_migrations (version, name) values ($1, $2)', [file.version, file.name]);
        await tx.script(file.sql);
        return true;
      },
      { anySchema: true, statementTimeout: 0, lockTimeout: 30_000 },
    );
    if (done) applied.push(`${String(file.version).padStart(4, '0')}-${file.name}`);
  }
  return applied;
}

/** What has been applied, oldest first; empty when the schema is not there. */
export async function appliedMigrations(db: Database): Promise<AppliedMigration[]> {
  const [found] = await db.query<{ there: boolean }>(
    `select to_regclass('tomo.schema_migrations') is not null as there`,
  );
  if (!found?.there) return [];
  const rows = await db.query<{ json: AppliedMigration }>(`
    select json_build_object('version', version, 'name', name, 'appliedAt', applied_at) as json
      from tomo.schema_migrations order by version`);
  return rows.map((row) => row.json);
}
