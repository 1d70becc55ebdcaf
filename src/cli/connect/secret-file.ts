import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { invalidInput, TomoError } from '../../model/errors.ts';

/** The text of a secret file without its last line end. `what`: "signing key". Throws also when others can read it. */
export function readSecretFile(file: string, what: string): string {
  const { bytes } = readPrivateFile(file, what);
  if (!isUtf8(bytes)) {
    throw invalidInput(`The ${what} file ${file} is not text.`, 'Make a key as text: openssl rand -hex 32');
  }
  return bytes.toString('utf8').replace(/\r?\n$/, '');
}

/** What a file holds that nobody else can read, and whose it is. Throws INVALID_INPUT when others can, or it is no plain file. */
export function readPrivateFile(file: string, what: string): { bytes: Buffer; uid: number } {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  let handle: number;
  try {
    // not through a link, which others may be able to turn elsewhere; a pipe must not keep us waiting
    handle = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause && cause.code === 'ELOOP' ? 'it is a link' : String(cause);
    throw new TomoError('INVALID_INPUT', `Cannot read the ${what} file ${file}: ${why}.`, {
      hint: 'Name the file itself.',
      cause,
    });
  }
  try {
    const stat = fstatSync(handle);
    if (!stat.isFile()) throw invalidInput(`The ${what} file ${file} is not a regular file.`);
    if ((stat.mode & 0o077) !== 0 && process.platform !== 'win32') {
      throw invalidInput(
        `The ${what} file ${file} can be read by other users.`,
        `It may hold a secret: chmod 600 ${file}`,
      );
    }
    if (stat.size > 10_000_000)
      throw invalidInput(`The ${what} file ${file} is larger than 10 MB.`, 'Is it another file?');
    return { bytes: readFileSync(handle), uid: stat.uid };
  } finally {
    closeSync(handle);
  }
}
