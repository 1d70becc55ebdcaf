import { TomoError } from '../../model/errors.ts';
import { type Database, type Transaction, write } from '../port/database.ts';
import { checkEncoding, checkSchemaVersion } from '../port/schema-version.ts';
import { codeOf } from '../port/sqlstate.ts';
import { selectBindings } from './bindings.ts';
import { ownSchema, type Schema } from './files.ts';
import { compareSource, installFunctions, selectForeignFunctions } from './functions.ts';
import { buildIndexes, selectUnbuilt, withoutLaterIndexes } from './indexes.ts';
import { lockDown, restoreRights, selectOpen, selectRights } from './kept-rights.ts';
import { selectServerFacts } from './server.ts';
import { selectStrangers } from './strangers.ts';

/** A migration that has been applied. */
export interface AppliedMigration {
  version: number;
  name: string;
  breaking: boolean;
  appliedAt: string;
}

/** PostgreSQL replaces neither the result or the names of the arguments of a function nor a column of a view. */
const NOT_REPLACEABLE = ['42P13', '42P16'];

/**
 * Applies the migrations that are missing, and the functions where their text has changed, all in one transaction,
 * then builds the indexes that are missing; returns what was done. Two runners at once are harmless: the second waits
 * for the lock, sees what the first has done and has nothing to do. Nothing is done to a database that is ahead of
 * this program; throws SCHEMA_NEWER where it cannot even be used.
 */
export async function migrate(db: Database, schema: Schema = ownSchema()): Promise<string[]> {
  const apply = (afresh: boolean) =>
    write(db, (tx) => applyMissing(tx, schema, afresh, db.embedded), {
      anySchema: true,
      statementTimeout: 0,
      lockTimeout: 30_000,
    });
  const done = await apply(false).catch((error: unknown) => {
    if (NOT_REPLACEABLE.includes(codeOf(error) ?? '')) return apply(true);
    throw error;
  });
  return [...done, ...(await buildIndexes(db, schema))];
}

async function applyMissing(tx: Transaction, schema: Schema, afresh: boolean, embedded: boolean): Promise<string[]> {
  checkEncoding((await selectServerFacts(tx)).encoding);
  await prepare(tx);
  await refuseStrangers(tx);
  const applied = await appliedMigrations(tx);
  const newest = schema.migrations.at(-1)?.version ?? 0;
  const version = applied.at(-1)?.version ?? 0;
  checkSchemaVersion(newest, applied.findLast(({ breaking }) => breaking)?.version ?? null, newest);
  if (version > newest) return [];
  const pending = schema.migrations.filter((migration) => migration.version > version);
  const source = await compareSource(tx, schema);
  const stale = source === 'stale' || (source === 'same' && (await areForeign(tx)));
  if (pending.length === 0 && !stale) return source === 'same' ? lockDown(tx) : [];
  const rights = await selectRights(tx);
  const isNew = version === 0;
  for (const { version, name, breaking, sql } of pending) {
    await tx.query('insert into tomo.schema_migrations (version, name, breaking) values ($1, $2, $3)', [
      version,
      name,
      breaking,
    ]);
    // a new database is nobody's to wait for, and the embedded one has no others
    await tx.script(isNew || embedded ? sql : await withoutLaterIndexes(tx, sql));
  }
  await installFunctions(tx, schema, afresh);
  await restoreRights(tx, rights, schema.kinds);
  return [...pending.map(({ name }) => name), ...(stale ? ['functions'] : [])];
}

async function areForeign(tx: Transaction): Promise<boolean> {
  const bound = (await selectBindings(tx)).some(({ type }) => type === 'rule' || type === 'function');
  return bound || (await selectForeignFunctions(tx)).some(({ state }) => state !== 'unknown');
}

/** One at a time, by a lock that only an owner can take. The first one of all has nothing to lock but a name. */
async function prepare(tx: Transaction): Promise<void> {
  const [made] = await tx.query<{ there: boolean }>(
    `select to_regclass('tomo.schema_migrations') is not null as there`,
  );
  if (!made?.there) await tx.query(`select pg_advisory_xact_lock(hashtextextended('tomo.schema_migrations', 0))`);
  // Where it has been made for us, the right to make one is not needed. Read, not asked by to_regnamespace: that
  // remembers that there was none when this runner began to wait for its turn.
  const [schema] = await tx.query<{ there: boolean }>(
    `select exists (select from pg_catalog.pg_namespace where nspname = 'tomo') as there`,
  );
  if (!schema?.there) await tx.query('create schema tomo');
  await tx.script(`
    create table if not exists tomo.schema_migrations (
      version    integer primary key,
      name       text not null,
      breaking   boolean not null default false,
      applied_at timestamptz not null default clock_timestamp());
    create table if not exists tomo.schema_functions (
      signature text primary key,
      kinds     text[] not null,
      digest    text not null);
    create table if not exists tomo.schema_source (
      one          boolean primary key default true check (one),
      digest       text not null,
      release      text not null,
      server       integer not null,
      installed_at timestamptz not null default clock_timestamp());
    lock table tomo.schema_migrations in share row exclusive mode`);
}

/**
 * Their triggers would run as us from here on, and who owns a function replaces it again. Throws PERMISSION_DENIED.
 */
async function refuseStrangers(tx: Transaction): Promise<void> {
  const found = await selectStrangers(tx, 'current_user::regrole');
  if (found.length === 0) return;
  const first = found.slice(0, 3).map(({ role, what }) => `"${role}" ${what}`);
  const more = found.length > 3 ? `; and ${found.length - 3} more` : '';
  throw new TomoError('PERMISSION_DENIED', `The schema tomo is not this role's alone: ${first.join('; ')}${more}.`, {
    hint: 'What others have put there would run with the rights of this role. Connect as the owner, if one of them is that; if not, look at what is there and drop it first.',
  });
}

/** What is missing, as `migrate` would do and name it. */
export async function pendingWork(tx: Transaction, applied: readonly AppliedMigration[]): Promise<string[]> {
  const schema = ownSchema();
  const version = applied.at(-1)?.version ?? 0;
  const pending = schema.migrations.filter((migration) => migration.version > version).map(({ name }) => name);
  if (version === 0) return [...pending, 'functions'];
  const [source, open, unbuilt] = await Promise.all([
    compareSource(tx, schema),
    selectOpen(tx),
    pending.length > 0 ? [] : selectUnbuilt(tx, schema),
  ]);
  return [
    ...pending,
    ...(source === 'stale' ? ['functions'] : []),
    ...(source === 'same' && open.length > 0 ? ['rights'] : []),
    ...unbuilt.map(({ name }) => `index ${name}`),
  ];
}

/** What has been applied, oldest first. Throws SCHEMA_OLDER for a database from before the first release. */
export async function appliedMigrations(tx: Transaction): Promise<AppliedMigration[]> {
  const [found] = await tx.query<{ there: boolean; released: boolean }>(`
    select to_regclass('tomo.schema_migrations') is not null as there, exists (
      select from pg_attribute where attrelid = to_regclass('tomo.schema_migrations') and attname = 'breaking') and (
      to_regclass('tomo.settings') is null or exists (
        select from pg_attribute where attrelid = to_regclass('tomo.settings') and attname = 'cleanup_failed')) as released`);
  if (!found?.there) return [];
  if (!found.released) {
    throw new TomoError(
      'SCHEMA_OLDER',
      'This database was made by a tomo from before its first release, and cannot be brought up to date.',
      { reason: 'before-first-release' },
    );
  }
  const rows = await tx.query<{ json: AppliedMigration }>(`
    select json_build_object('version', version, 'name', name, 'breaking', breaking, 'appliedAt', applied_at) as json
      from tomo.schema_migrations order by version`);
  return rows.map((row) => row.json);
}
