import { TomoError } from '../../model/errors.ts';

/** The version this program was written for: the number of the last file in `migrations/`. */
export const SCHEMA_VERSION = 9;

/** Of a database; null: no migration, or no breaking one. */
export interface SchemaVersion {
  version: number | null;
  breaking: number | null;
  encoding: string;
}

/**
 * Throws DATABASE_UNUSABLE, SCHEMA_OLDER or SCHEMA_NEWER when this program cannot work with what a
 * transaction has found.
 */
export function checkSchema(found: SchemaVersion | undefined): void {
  checkEncoding(found?.encoding);
  checkSchemaVersion(found?.version ?? null, found?.breaking ?? null);
}

/**
 * Throws SCHEMA_OLDER when the database has not all that this program needs, and SCHEMA_NEWER when a migration that it
 * does not know was a breaking one. `breaking`: the version of the last such migration.
 */
export function checkSchemaVersion(version: number | null, breaking: number | null, known = SCHEMA_VERSION): void {
  const found = version ?? 0;
  if (found < known) {
    throw new TomoError('SCHEMA_OLDER', `The database schema is at version ${found}; this program needs ${known}.`);
  }
  if (breaking !== null && breaking > known) {
    throw new TomoError(
      'SCHEMA_NEWER',
      `The database schema has a change of version ${breaking} that this program cannot work with; it knows ${known}.`,
    );
  }
}

/** Throws DATABASE_UNUSABLE: users and browsers have names with characters that another encoding cannot hold. */
export function checkEncoding(encoding: string | undefined): void {
  if (encoding === 'UTF8') return;
  throw new TomoError('DATABASE_UNUSABLE', `The encoding of the database is ${encoding}; it has to be UTF8.`, {
    hint: `Make another one (create database … encoding 'UTF8' template template0) and move the data there.`,
  });
}
