import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { invalidInput, TomoError } from '../../model/errors.ts';

/**
 * What a file of the operator holds, and whose it is. Throws INVALID_INPUT when it is no plain file, or `check` does.
 */
export function readPlainFile(
  file: string,
  what: string,
  { check, megabytes }: { check: (stat: Stats) => void; megabytes: number },
): { bytes: Buffer; uid: number } {
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
    check(stat);
    if (stat.size > megabytes * 1_000_000)
      throw invalidInput(`The ${what} file ${file} is larger than ${megabytes} MB.`, 'Is it another file?');
    return { bytes: readFileSync(handle), uid: stat.uid };
  } finally {
    closeSync(handle);
  }
}
