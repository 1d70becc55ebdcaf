import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { invalidInput, TomoError } from '../../model/errors.ts';

/** Where libpq looks for a file of this user: at home, or in %APPDATA%\postgresql. */
export function userFile(env: NodeJS.ProcessEnv, name: string, windowsName = name): string {
  if (process.platform === 'win32') return join(env.APPDATA ?? homedir(), 'postgresql', windowsName);
  return join(env.HOME || homedir(), name);
}

/** The same; undefined when there is none. */
export function existingUserFile(env: NodeJS.ProcessEnv, name: string, windowsName?: string): string | undefined {
  const file = userFile(env, name, windowsName);
  return existsSync(file) ? file : undefined;
}

/**
 * `what`: "certificate file". Throws INVALID_INPUT when it cannot be read, and when others can read what is `secret`
 * or that is no plain file.
 */
export function readText(file: string, what: string, { secret = false } = {}): string {
  let handle: number | undefined;
  try {
    // a pipe that nobody writes to must not keep us waiting
    handle = openSync(file, constants.O_RDONLY | ((secret && constants.O_NONBLOCK) || 0));
    const stat = fstatSync(handle);
    if (secret && !stat.isFile()) throw invalidInput(`The ${what} ${file} is not a regular file.`);
    if (stat.size > 10_000_000) throw invalidInput(`The ${what} ${file} is larger than 10 MB.`);
    // libpq lets a key of root be of a group
    const others = stat.uid === 0 ? 0o027 : 0o077;
    if (secret && process.platform !== 'win32' && (stat.mode & others) !== 0) {
      throw invalidInput(`The ${what} ${file} can be read by other users.`, `It is a secret: chmod 600 ${file}`);
    }
    return readFileSync(handle, 'utf8');
  } catch (cause) {
    if (cause instanceof TomoError) throw cause;
    throw new TomoError('INVALID_INPUT', `Cannot read the ${what} ${file}.`, { cause });
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}
