import { randomUUID } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { invalidInput, TomoError } from '../../model/errors.ts';

/**
 * Throws INVALID_INPUT when the file cannot be made, or is there and may not be replaced: before the work, so that
 * nobody waits for it. Never may what is no plain file: root could rename something over /dev/null.
 */
export function checkOutputFile(file: string, force: boolean): void {
  let plain: boolean;
  try {
    // the folder itself, behind a link as well; what is no folder has no such name
    accessSync(`${dirname(file)}/.`, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unwritable(file, error);
  }
  try {
    plain = lstatSync(file).isFile();
  } catch {
    return; // it is not there
  }
  if (!force) throw taken(file);
  if (!plain) throw invalidInput(`${file} is not a regular file.`, 'Name another file.');
}

/**
 * Writes a file, unless `mode` says otherwise for its owner only, at once or not at all: a reader never finds half of
 * it. Without `force` one that is there stays as it is. Throws INVALID_INPUT.
 */
export function writeOutputFile(file: string, text: string, force: boolean, mode = 0o600): void {
  // nobody knows the name before, and all is done on the handle: in a folder of others the name may be
  // another file's by then
  const draft = join(dirname(file), `.${randomUUID()}.tmp`);
  let made = false;
  try {
    checkOutputFile(file, force);
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;
    const handle = openSync(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    made = true;
    try {
      writeFileSync(handle, text);
      fchmodSync(handle, mode);
    } finally {
      closeSync(handle);
    }
    if (force) renameSync(draft, file);
    else place(draft, file);
  } catch (error) {
    if (error instanceof TomoError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    throw code === 'EEXIST' ? taken(file) : unwritable(file, error);
  } finally {
    if (made) rmSync(draft, { force: true });
  }
}

/** Unlike a rename, a link never replaces what somebody else has just made; some file systems have none. */
function place(draft: string, file: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'].includes(code)) throw error;
    checkOutputFile(file, false);
    renameSync(draft, file);
  }
}

function unwritable(file: string, cause: unknown): TomoError {
  const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
  return new TomoError('INVALID_INPUT', `Cannot write ${file}${code}.`, {
    hint: 'Name a file in a folder that is there and that you may write to.',
    cause,
  });
}

function taken(file: string): TomoError {
  return invalidInput(`${file} already exists.`, 'Name another file, or replace it: --force');
}
