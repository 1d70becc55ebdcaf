import { TomoError } from '../../model/errors.ts';
import type { Transaction } from '../port/database.ts';
import { codeOf, SQLSTATE } from '../port/sqlstate.ts';
import type { Mapping } from './mapping.ts';

/**
 * A description as it fits the tables: looked up once, and again after a statement has shown that they have changed.
 */
export interface KeptMapping {
  of: (tx: Transaction) => Promise<Mapping>;
  /** Null: not looked up yet. */
  known: () => Mapping | null;
  forget: () => void;
}

export function keepMapping(look: (tx: Transaction) => Promise<Mapping>): KeptMapping {
  let kept: Promise<Mapping> | undefined;
  let known: Mapping | null = null;
  const forget = () => {
    kept = undefined;
  };
  return {
    async of(tx) {
      kept ??= look(tx).catch((error: unknown) => {
        forget();
        throw error;
      });
      known = await kept;
      return known;
    },
    known: () => known,
    forget,
  };
}

/** Codes of a statement that does not fit the tables any more. */
const MISFITS = new Set<string | undefined>([
  SQLSTATE.undefinedTable,
  SQLSTATE.undefinedColumn,
  SQLSTATE.undefinedSchema,
  // an operator of another type is a function that is not there
  SQLSTATE.undefinedFunction,
  SQLSTATE.datatypeMismatch,
  SQLSTATE.cannotCoerce,
]);

/** Whether the tables are no longer what the statement was made for. */
export function showsChange(error: unknown): boolean {
  const cause = error instanceof TomoError ? error.cause : error;
  return MISFITS.has(codeOf(cause)) || (cause instanceof Error && /^no such (table|column)/.test(cause.message));
}

export function changedTables(error: unknown, title: string): TomoError {
  const cause = error instanceof TomoError ? error.cause : error;
  const text = cause instanceof Error ? cause.message : String(cause);
  return new TomoError('DATABASE_UNUSABLE', `${title}: its tables do not fit the statement any more: ${text}.`, {
    hint: 'They have been changed meanwhile, as by an update of the server. Try again.',
    cause: error,
  });
}
