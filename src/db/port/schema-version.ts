import { TomoError } from '../../model/errors.ts';

/** The version this program was written for: the number of the last file in `migrations/`. */
export const SCHEMA_VERSION = 8;

/** Throws SCHEMA_OLDER or SCHEMA_NEWER when the database has another version than this program. */
export function checkSchemaVersion(version: number | null): void {
  if (version === SCHEMA_VERSION) return;
  const found = version ?? 0;
  if (found < SCHEMA_VERSION) {
    throw new TomoError(
      'SCHEMA_OLDER',
      `The database schema is at version ${found}; this program needs ${SCHEMA_VERSION}.`,
    );
  }
  throw new TomoError(
    'SCHEMA_NEWER',
    `The database schema is at version ${found}; this program knows only ${SCHEMA_VERSION}.`,
  );
}
