import { isUtf8 } from 'node:buffer';
import { readPlainFile } from '../../domain/file/plain-file.ts';
import { invalidInput } from '../../model/errors.ts';

/** The text of a secret file without its last line end. `what`: "signing key". Throws also when others can read it. */
export function readSecretFile(file: string, what: string): string {
  const { bytes } = readPrivateFile(file, what);
  if (!isUtf8(bytes)) {
    throw invalidInput(`The ${what} file ${file} is not text.`, 'Make a key as text: openssl rand -hex 32');
  }
  return bytes.toString('utf8').replace(/\r?\n$/, '');
}

/**
 * What a file holds that nobody else can read, and whose it is. Throws INVALID_INPUT when others can, or
 * it is no plain file.
 */
export function readPrivateFile(file: string, what: string): { bytes: Buffer; uid: number } {
  return readPlainFile(file, what, {
    megabytes: 10,
    check({ mode }) {
      if ((mode & 0o077) === 0 || process.platform === 'win32') return;
      throw invalidInput(
        `The ${what} file ${file} can be read by other users.`,
        `It may hold a secret: chmod 600 ${file}`,
      );
    },
  });
}
