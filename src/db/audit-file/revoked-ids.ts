import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UNDO_MILLISECONDS } from '../../model/revocation.ts';
import { makePrivateFolder } from '../port/private-folder.ts';

/** What tells whether these are the ids that were revoked, in any order. */
export function digestOf(ids: readonly string[]): string {
  return createHash('sha256')
    .update([...ids].sort().join('\n'))
    .digest('hex');
}

/** Keeps the ids of a revocation that can be undone, one a line, as long as it can. */
export function keepIds(path: string, revocation: number, ids: readonly string[]): void {
  const folder = folderOf(path);
  if (!makePrivateFolder(folder)) throw new Error(`the folder ${folder} belongs to another user`);
  for (const name of readdirSync(folder)) {
    const old = /^\d+\.ids$/.test(name) && statSync(join(folder, name)).mtimeMs < Date.now() - UNDO_MILLISECONDS;
    if (old) forgetIds(path, Number.parseInt(name, 10));
  }
  // one that was begun with this number and not put on record
  forgetIds(path, revocation);
  const handle = openSync(fileOf(path, revocation), 'wx', 0o600);
  try {
    const bytes = Buffer.from(ids.map((id) => `${id}\n`).join(''));
    for (let done = 0; done < bytes.length; ) done += writeSync(handle, bytes, done);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

export function forgetIds(path: string, revocation: number): void {
  rmSync(fileOf(path, revocation), { force: true });
}

/** Undefined where they are not there any more, or are not those that were kept. */
export function readIds(path: string, revocation: number, digest: unknown): string[] | undefined {
  try {
    const ids = readFileSync(fileOf(path, revocation), 'utf8').split('\n').slice(0, -1);
    return digestOf(ids) === digest ? ids : undefined;
  } catch {
    return undefined;
  }
}

/** Beside the file. */
function folderOf(path: string): string {
  return join(dirname(path), 'revocations');
}

function fileOf(path: string, revocation: number): string {
  return join(folderOf(path), `${revocation}.ids`);
}
