import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { TomoError } from '../domain/errors.ts';
import { makeSigningKeys, type SigningKeys } from '../domain/token.ts';
import { readConfig } from './config-file.ts';

/**
 * The keys that Tomo's server signs with: JWT_SECRET_KEY or the file JWT_SECRET_KEY_FILE, and JWT_PREVIOUS_SECRET_KEYS
 * (comma separated) while a rotation lasts; else the files that the config file names. Undefined when there is none.
 * Throws INVALID_INPUT for a key that is too short and a file that others can read.
 */
export function readSigningKeys(env: NodeJS.ProcessEnv): SigningKeys | undefined {
  const config = env.JWT_SECRET_KEY && env.JWT_PREVIOUS_SECRET_KEYS !== undefined ? {} : readConfig(env);
  const file = env.JWT_SECRET_KEY_FILE || config.jwtSecretKeyFile;
  const current = env.JWT_SECRET_KEY || (file ? readKeyFile(file) : undefined);
  if (current === undefined) return undefined;
  const previous = env.JWT_PREVIOUS_SECRET_KEYS?.split(',').filter(Boolean) ?? config.jwtPreviousSecretKeyFiles?.map(readKeyFile);
  return makeSigningKeys(current, previous);
}

function readKeyFile(file: string): string {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  let handle: number;
  try {
    // not through a link, which others may be able to turn elsewhere; a pipe must not keep us waiting
    handle = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause && cause.code === 'ELOOP' ? 'it is a link' : String(cause);
    throw new TomoError('INVALID_INPUT', `Cannot read the signing key file ${file}: ${why}.`, { hint: 'Name the file itself.', cause });
  }
  try {
    const stat = fstatSync(handle);
    if (!stat.isFile()) throw new TomoError('INVALID_INPUT', `The signing key file ${file} is not a regular file.`);
    if ((stat.mode & 0o077) !== 0 && process.platform !== 'win32') {
      throw new TomoError('INVALID_INPUT', `The signing key file ${file} can be read by other users.`, {
        hint: `Whoever reads it can be anybody: chmod 600 ${file}`,
      });
    }
    const bytes = readFileSync(handle);
    if (!isUtf8(bytes)) {
      throw new TomoError('INVALID_INPUT', `The signing key file ${file} is not text.`, {
        hint: `Make a key as text: openssl rand -hex 32`,
      });
    }
    return bytes.toString('utf8').replace(/\r?\n$/, '');
  } finally {
    closeSync(handle);
  }
}
