import { closeSync, constants, fchmodSync, fstatSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { TomoError } from '../../model/errors.ts';
import { makePrivateFolder } from '../port/private-folder.ts';
import { endOfLines } from './lines.ts';

const { O_RDONLY, O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/**
 * What is read of the whole lines that are there now; nothing where there is no file. It stays open as long as
 * somebody reads. Throws AUDIT_UNUSABLE.
 */
export function* readAuditFile<T>(path: string, read: (handle: number, end: number) => Iterable<T>): Generator<T> {
  const handle = openToRead(path);
  if (handle === null) return;
  try {
    yield* read(handle, endOfLines(handle, fstatSync(handle).size));
  } finally {
    closeSync(handle);
  }
}

/** How many bytes it has, and how many of them are whole lines. Throws AUDIT_UNUSABLE. */
export function measureAuditFile(path: string): { size: number; end: number } {
  const handle = openToRead(path);
  if (handle === null) return { size: 0, end: 0 };
  try {
    const { size } = fstatSync(handle);
    return { size, end: endOfLines(handle, size) };
  } finally {
    closeSync(handle);
  }
}

function openToRead(path: string): number | null {
  try {
    return openOwn(path, O_RDONLY);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw unusable(path, 'read', error);
  }
}

/** Opens the audit file to append to; makes it, for nobody else to read, and its folder where there is none. */
export function openToAppend(path: string): number {
  const handle = openOwn(path, O_RDWR | O_APPEND | O_CREAT);
  if (process.platform !== 'win32') fchmodSync(handle, 0o600);
  return handle;
}

export function makeAuditFolder(path: string): void {
  if (!makePrivateFolder(dirname(path))) throw new Foreign(`the folder ${dirname(path)} belongs to another user`);
}

/** Not through a link, which leads elsewhere, nor to what is no plain file or another user's: also for root. */
function openOwn(path: string, flags: number): number {
  const handle = openSync(path, flags | O_NOFOLLOW | O_NONBLOCK, 0o600);
  const stat = fstatSync(handle);
  const why = !stat.isFile()
    ? 'it is not a regular file'
    : stat.uid !== (process.geteuid?.() ?? stat.uid)
      ? 'it belongs to another user'
      : null;
  if (why === null) return handle;
  closeSync(handle);
  throw new Foreign(why);
}

/** It is not for us to use. */
class Foreign extends Error {}

/** What to say of a file that cannot be used; nothing was changed. */
export function unusable(path: string, use: 'read' | 'written', cause: unknown): TomoError {
  if (cause instanceof TomoError) return cause;
  const what = use === 'read' ? 'Cannot read the audit' : 'Refused, since it could not be put on record';
  const hint =
    codeOf(cause) === 'ELOOP' || cause instanceof Foreign
      ? 'Set XDG_STATE_HOME to a folder of your own.'
      : 'Set XDG_STATE_HOME to a folder that can be written.';
  return new TomoError(
    'AUDIT_UNUSABLE',
    `${what}: ${path}: ${whyNot(cause)}.${use === 'written' ? ' Nothing was changed.' : ''}`,
    { hint, cause },
  );
}

const WORDS: Record<string, string> = {
  ELOOP: 'it is a link',
  ENOSPC: 'no space is left',
  EDQUOT: 'no space is left',
  EFBIG: 'no space is left',
  EROFS: 'it cannot be changed there',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
};

/** "no space is left (ENOSPC)" */
export function whyNot(cause: unknown): string {
  const code = codeOf(cause);
  const text = cause instanceof Error ? cause.message : String(cause);
  return code === undefined ? text : `${WORDS[code] ?? 'it does not work'} (${code})`;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
