import { chmodSync, existsSync, linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { invalidInput, TomoError } from '../../model/errors.ts';

/** Throws INVALID_INPUT when the file is there and may not be replaced: before the work, so that nobody waits for it. */
export function checkOutputFile(file: string, force: boolean): void {
  if (!force && existsSync(file)) throw taken(file);
}

/**
 * Writes a file, unless `mode` says otherwise for its owner only, at once or not at all: a reader never finds half of
 * it. Without `force` one that is there stays as it is. Throws INVALID_INPUT.
 */
export function writeOutputFile(file: string, text: string, force: boolean, mode = 0o600): void {
  const draft = join(dirname(file), `.${basename(file)}.${process.pid}.tmp`);
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
    chmodSync(draft, mode);
    if (force) renameSync(draft, file);
    else place(draft, file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') throw taken(file);
    throw new TomoError('INVALID_INPUT', `Cannot write ${file}${code ? ` (${code})` : ''}.`, {
      hint: 'Name a file in a folder that is there and that you may write to, or - for stdout.',
      cause: error,
    });
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Unlike a rename, a link never replaces what somebody else has just made; some file systems have none. */
function place(draft: string, file: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'].includes(code) || existsSync(file)) throw error;
    renameSync(draft, file);
  }
}

function taken(file: string): TomoError {
  return invalidInput(`${file} already exists.`, 'Name another file, or replace it: --force');
}
