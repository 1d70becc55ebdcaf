import type { DatabaseSync } from 'node:sqlite';

/**
 * Loads the driver. Versions of Node in which it is called experimental say so on stderr, of which an
 * operator has nothing.
 */
export function loadSqlite(): typeof DatabaseSync {
  const { emitWarning } = process;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).startsWith('SQLite is an experimental feature')) {
      Reflect.apply(emitWarning, process, [warning, ...rest]);
    }
  };
  try {
    // at once, unlike import(): nobody else meets the other function
    return process.getBuiltinModule('node:sqlite').DatabaseSync;
  } finally {
    process.emitWarning = emitWarning;
  }
}
