import { closeSync, constants, fchmodSync, fstatSync, mkdirSync, openSync } from 'node:fs';

/**
 * Makes a folder where there is none, and closes it to others. False, and nothing is done, where it is another user's, also for
 * root: what is written there would follow that one's links.
 */
export function makePrivateFolder(directory: string): boolean {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
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
