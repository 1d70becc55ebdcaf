import { closeSync, constants, existsSync, fchmodSync, fstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes a folder and those above it where there are none, closed to others. */
export function makeFolder(directory: string): void {
  if (existsSync(directory)) return;
  makeFolder(dirname(directory));
  // a folder at a time: with `recursive` Node never returns where none can be made, as in /proc
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    // another program was quicker
    if (!existsSync(directory)) throw error;
  }
}

/**
 * Makes a folder where there is none, and closes it to others. False, and nothing is done, where it is another user's,
 * also for root: what is written there would follow that one's links.
 */
export function makePrivateFolder(directory: string): boolean {
  makeFolder(directory);
  if (process.platform === 'win32') return true;
  // all on one handle, whatever the name means meanwhile
  const handle = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const { uid, mode } = fstatSync(handle);
    if (uid !== process.geteuid?.()) return false;
    if ((mode & 0o077) !== 0) fchmodSync(handle, 0o700);
    return true;
  } finally {
    closeSync(handle);
  }
}
