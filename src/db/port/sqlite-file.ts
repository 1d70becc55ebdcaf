import { accessSync, closeSync, constants, existsSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TomoError } from '../../model/errors.ts';

/**
 * How a file is opened; none of them makes one. `look`: it may write, but only what stands beside the file, which
 * whoever closes last takes away again; `ro` would leave it there. `immutable`: without locks, for a file beside which
 * nothing can be made; whether it stayed the same is seen afterwards.
 */
export type SqliteMode = 'look' | 'ro' | 'immutable' | 'rw';

export function sqliteUrl(file: string, mode: SqliteMode): URL {
  const url = pathToFileURL(file);
  url.search = { look: 'mode=rw', ro: 'mode=ro', immutable: 'mode=ro&immutable=1', rw: 'mode=rw' }[mode];
  return url;
}

/**
 * The file itself behind a path that may be a link: beside that one is its -wal. Throws DATABASE_UNREACHABLE or
 * PERMISSION_DENIED for what SQLite would only call "unable to open database file".
 */
export function findFile(path: string): string {
  const file = realPath(path);
  const stat = statSync(file);
  if (!stat.isFile()) {
    const kind = stat.isDirectory() ? 'a folder' : 'no regular file';
    throw new TomoError('DATABASE_UNREACHABLE', `${file} is ${kind}, not a SQLite database.`, {
      hint: 'Name the file itself.',
    });
  }
  if (!may(file, constants.R_OK)) throw denied(`The SQLite database ${file} cannot be read by this user.`);
  return file;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EACCES') throw denied(`The folder of the SQLite database ${path} is closed to this user.`, cause);
    throw new TomoError('DATABASE_UNREACHABLE', `There is no SQLite database ${path}.`, {
      hint: 'Check the path. It is the server that makes this file: none was made here.',
      cause,
    });
  }
}

/** How to look into a file that has been checked. Throws PERMISSION_DENIED. */
export function modeToRead(file: string): SqliteMode {
  const usable = leavesUsable(file);
  if (existsSync(`${file}-wal`)) {
    if (!usable && !existsSync(`${file}-shm`)) throw besideDenied(file);
    return 'ro';
  }
  // what a program has left there that died is put right by the server, not by a look
  if (existsSync(`${file}-journal`)) return 'ro';
  if (usable) return 'look';
  return isWal(file) ? 'immutable' : 'ro';
}

/** Throws DATABASE_READ_ONLY, or PERMISSION_DENIED where a change would leave files that the server could not use. */
export function checkWritable(file: string): void {
  if (!may(file, constants.W_OK)) throw readOnly(file);
  const inUse = existsSync(`${file}-wal`) && existsSync(`${file}-shm`);
  if (inUse || leavesUsable(file)) return;
  throw denied(
    `A change by this user would leave files beside ${file} that its owner cannot write, and so stop its server.`,
  );
}

export function readOnly(file: string, cause?: unknown): TomoError {
  const message = `The SQLite database ${file} is read-only for this user.`;
  return new TomoError('DATABASE_READ_ONLY', message, {
    hint: 'Its mode, its owner or its file system makes it so. Its owner, the user of the server, may change it, or root.',
    cause,
  });
}

/** What SQLite keeps beside the file, as a journal, is closed to us or cannot be made. */
export function besideDenied(file: string, cause?: unknown): TomoError {
  const what = existsSync(`${file}-wal`) ? `${file}-wal and ${file}-shm` : 'a journal beside it';
  return denied(`The SQLite database ${file} needs ${what}, which this user cannot open or make.`, cause);
}

/** What differs when somebody has written. */
export function stampOf(file: string): string {
  const { ino, size, mtimeNs } = statSync(file, { bigint: true });
  return [ino, size, mtimeNs, existsSync(`${file}-wal`)].join();
}

function denied(message: string, cause?: unknown): TomoError {
  return new TomoError('PERMISSION_DENIED', message, {
    hint: 'Run it as the user of the server, who owns the file, or as root.',
    cause,
  });
}

function may(file: string, mode: number): boolean {
  try {
    accessSync(file, mode);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether the owner of the database can write what SQLite makes beside it. That gets the mode of the database and
 * belongs to whoever made it, or, where that is root, to the owner of the database.
 */
function leavesUsable(file: string): boolean {
  const us = process.geteuid?.() ?? 0;
  const { uid, gid, mode } = statSync(file);
  if (!may(file, constants.W_OK)) return false;
  if (us === 0 || us === uid || (mode & 0o006) === 0o006) return true;
  const folder = statSync(dirname(file));
  const group = (folder.mode & 0o2000) === 0 ? process.getegid?.() : folder.gid;
  return (mode & 0o060) === 0o060 && group === gid;
}

/** https://www.sqlite.org/fileformat.html#file_format_version_numbers */
function isWal(file: string): boolean {
  const handle = openSync(file, constants.O_RDONLY);
  try {
    const version = Buffer.alloc(1);
    return readSync(handle, version, 0, 1, 19) === 1 && version[0] === 2;
  } finally {
    closeSync(handle);
  }
}
