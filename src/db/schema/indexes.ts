import { setTimeout } from 'node:timers/promises';
import { LONGEST_TERM, withLease } from '../lease/lease.ts';
import { type Database, read, type Transaction } from '../port/database.ts';
import type { MigrationFile, Schema } from './files.ts';

const INDEX = /^create index (\w+) +on (tomo\.\w+)[^;]*;/gm;

/** The indexes that the migrations make by name, each with the statement that makes it. */
export function expectedIndexes(migrations: readonly MigrationFile[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const { sql } of migrations) {
    for (const [statement, made, dropped] of sql.matchAll(
      /^(?:create (?:unique )?index (\w+)|drop index tomo\.(\w+))[^;]*;/gm,
    )) {
      if (made) found.set(made, statement.replace(/\s+/g, ' '));
      else if (dropped) found.delete(dropped);
    }
  }
  return found;
}

/**
 * A migration without the indexes of tables that are there already: `buildIndexes` makes them, so that nobody waits.
 */
export async function withoutLaterIndexes(tx: Transaction, sql: string): Promise<string> {
  const tables = await tx.query<{ name: string }>(
    // an index of a partitioned table cannot be built concurrently
    `select 'tomo.' || relname as name from pg_class where relnamespace = 'tomo'::regnamespace and relkind = 'r'`,
  );
  const there = new Set(tables.map(({ name }) => name));
  return sql.replaceAll(INDEX, (statement, _, table) => (there.has(table) ? '' : statement));
}

/**
 * The indexes that are missing, or invalid since their building was interrupted; none where a later
 * program has migrated.
 */
export async function selectUnbuilt(tx: Transaction, { migrations }: Schema): Promise<Unbuilt[]> {
  const rows = await tx.query<{ name: string; valid: boolean | null }>(
    `select c.relname::text as name, i.indisvalid as valid from pg_index i join pg_class c on c.oid = i.indexrelid
      where c.relnamespace = 'tomo'::regnamespace
     union all
     select 'tomo.' || relname, null from pg_class where relnamespace = 'tomo'::regnamespace and relkind = 'p'
     union all
     select null, true from tomo.schema_migrations where version > $1`,
    [migrations.at(-1)?.version ?? 0],
  );
  if (rows.some(({ name }) => name === null)) return [];
  const valid = new Map(rows.map((row) => [row.name, row.valid]));
  return [...expectedIndexes(migrations)]
    .filter(([name]) => !valid.get(name))
    .map(([name, statement]) => ({
      name,
      statement,
      invalid: valid.has(name),
      partitioned: valid.has(/ on (tomo\.\w+)/.exec(statement)?.[1] ?? ''),
    }));
}

interface Unbuilt {
  name: string;
  statement: string;
  invalid: boolean;
  /** PostgreSQL builds none concurrently on such a table. */
  partitioned: boolean;
}

/** Builds what is missing while logins go on; whoever finds somebody building waits for that. Returns their names. */
export async function buildIndexes(db: Database, schema: Schema): Promise<string[]> {
  const missing = () => read(db, (tx) => selectUnbuilt(tx, schema), { anySchema: true });
  const build = async () => {
    const unbuilt = await missing();
    for (const { name, statement, invalid, partitioned } of unbuilt) {
      const concurrently = db.embedded || partitioned ? '' : 'concurrently';
      // on a cluster some of its parts may not have been begun
      if (invalid) await db.query(`drop index ${concurrently} if exists tomo.${name}`);
      await db.query(statement.replace(/ index /, ` index ${concurrently} `));
    }
    return unbuilt.map(({ name }) => `index ${name}`);
  };
  while ((await missing()).length > 0) {
    const built = await withLease(db, 'indexes', build, LONGEST_TERM);
    if (built) return built;
    await setTimeout(250);
  }
  return [];
}
