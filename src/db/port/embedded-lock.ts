import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TomoError } from '../../model/errors.ts';
import { loadSqlite } from './load-sqlite.ts';

/**
 * PGlite has no lock between processes, and two on one directory lose each other's committed rows. So whoever opens
 * it holds an exclusive SQLite lock on a file beside the data: a lock of the operating system, which cannot go
 * stale, since it ends with the process however that dies.
 * Waits up to `patience` milliseconds, then throws DATABASE_BUSY naming the holder.
 */
export async function lockDirectory(directory: string, patience = 5000): Promise<() => void> {
  const DatabaseSync = loadSqlite();
  const lock = new DatabaseSync(join(directory, 'lock'));
  const holderFile = join(directory, 'lock-holder');
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      lock.exec('begin exclusive');
      break;
    } catch (error) {
      if (!/locked/i.test(String(error))) throw error;
      if (Date.now() >= deadline) {
        lock.close();
        throw new TomoError(
          'DATABASE_BUSY',
          `The embedded database in ${directory} is in use by ${readHolder(holderFile)}.`,
          {
            hint: 'Only one process at a time can have it open. Wait for that one, or connect to a PostgreSQL server instead.',
          },
        );
      }
      await sleep(50);
    }
  }
  // what is there may be a link, from before the folder was closed to others
  rmSync(holderFile, { force: true });
  writeFileSync(holderFile, `process ${process.pid} (${process.argv.slice(2, 4).join(' ') || 'tomo'})`, {
    mode: 0o600,
    flag: 'wx',
  });
  return () => lock.close();
}

function readHolder(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return 'another process';
  }
}
