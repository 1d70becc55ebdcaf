import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from '../../db/port/database.ts';
import type { FileFacts } from '../../domain/doctor/check.ts';

/** The files that an adopted server's sessions are in, and that changes to them are on record in. */
export function fileFacts(db: Database): { databaseFile: FileFacts | null; auditFile: FileFacts | null } {
  return {
    databaseFile: db.engine === 'sqlite' ? factsOf(db.location) : null,
    auditFile: db.auditFile ? factsOf(db.auditFile.file) : null,
  };
}

function factsOf(path: string): FileFacts {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return { path, there: false, writable: isWritable(nearest(path)), mode: null, owner: null, own: true };
  const own = found.uid === process.getuid?.();
  return { path, there: true, writable: isWritable(path), mode: found.mode & 0o777, owner: found.uid, own };
}

/** The folder in which it, or the folders that it will be in, would be made. */
function nearest(path: string): string {
  const folder = dirname(path);
  return folder === path || statSync(folder, { throwIfNoEntry: false }) ? folder : nearest(folder);
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
