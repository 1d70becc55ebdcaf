import { type Database, type Transaction, write } from '../port/database.ts';
import { checkSchemaVersion, SCHEMA_VERSION } from '../port/schema-version.ts';
import { functionsDigest, functionsScript, type MigrationFile, migrationFiles } from './files.ts';

/** A migration that has been applied. */
export interface AppliedMigration {
  version: number;
  name: string;
  appliedAt: string;
}

/** What is done where the functions are brought up to date. */
export const FUNCTIONS = 'functions';

/** How people read a migration's name: 0001-users. */
export function migrationName({ version, name }: Pick<MigrationFile, 'version' | 'name'>): string {
  return `${String(version).padStart(4, '0')}-${name}`;
}

/**
 * Applies the migrations that are missing, and the functions where their text has changed, all in one transaction; returns the
 * names of what was done. Two runners at once are harmless: the second waits for the lock, sees what the first has done and
 * has nothing to do. Throws SCHEMA_NEWER without changing anything when the database is ahead of this program.
 */
export async function migrate(db: Database): Promise<string[]> {
  return write(
    db,
    async (tx) => {
      await tx.query(`select pg_advisory_xact_lock(hashtextextended('tomo.schema_migrations', 0))`);
      await prepare(tx);
      const [row] = await tx.query<{ version: number | null; digest: string | null }>(
        `select max(version) as version, (select digest from tomo.schema_functions) as digest from tomo.schema_migrations`,
      );
      const version = row?.version ?? 0;
      if (version > SCHEMA_VERSION) checkSchemaVersion(version);
      const pending = migrationFiles().filter((file) => file.version > version);
      for (const file of pending) {
        await tx.query('insert into tomo.schema_migrations (version, name) values ($1, $2)', [file.version, file.name]);
        await tx.script(file.sql);
      }
      const changed = row?.digest !== functionsDigest();
      if (changed || pending.length > 0) await installFunctions(tx);
      return [...pending.map(migrationName), ...(changed ? [FUNCTIONS] : [])];
    },
    { anySchema: true, statementTimeout: 0, lockTimeout: 30_000 },
  );
}

async function prepare(tx: Transaction): Promise<void> {
  // where it has been made for us, the right to make one is not needed
  const [schema] = await tx.query<{ there: boolean }>(`select to_regnamespace('tomo') is not null as there`);
  if (!schema?.there) await tx.query('create schema tomo');
  await tx.script(`
    create table if not exists tomo.schema_migrations (
      version integer primary key, name text not null, applied_at timestamptz not null default clock_timestamp());
    create table if not exists tomo.schema_functions (one boolean primary key default true check (one), digest text not null)`);
}

async function installFunctions(tx: Transaction): Promise<void> {
  // a body that is a text may name what a later file makes
  await tx.script(`set local check_function_bodies = off;\n${functionsScript()}\nselect tomo.lock_down();`);
  await tx.query(
    'insert into tomo.schema_functions (digest) values ($1) on conflict (one) do update set digest = excluded.digest',
    [functionsDigest()],
  );
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
