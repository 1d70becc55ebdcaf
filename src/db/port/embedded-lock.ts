import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TomoError } from '../../model/errors.ts';
import { lockFile } from './file-lock.ts';

/**
 * PGlite has no lock between processes, and two on one directory lose each other's committed rows. So whoever
 * opens it holds a lock on a file beside the data. Waits up to `patience` milliseconds, then throws DATABASE_BUSY
 * naming the holder.
 */
export async function lockDirectory(directory: string, patience = 5000): Promise<() => void> {
  const holderFile = join(directory, 'lock-holder');
  const unlock = await lockFile(join(directory, 'lock'), patience);
  if (!unlock) {
    throw new TomoError(
      'DATABASE_BUSY',
      `The embedded database in ${directory} is in use by ${readHolder(holderFile)}.`,
      {
        hint: 'Only one process at a time can have it open. Wait for that one, or connect to a PostgreSQL server instead.',
      },
    );
  }
  // what is there may be a link, from before the folder was closed to others
  rmSync(holderFile, { force: true });
  writeFileSync(holderFile, `process ${process.pid} (${process.argv.slice(2, 4).join(' ') || 'tomo'})`, {
    mode: 0o600,
    flag: 'wx',
  });
  return unlock;
}

function readHolder(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return 'another process';
  }
}
