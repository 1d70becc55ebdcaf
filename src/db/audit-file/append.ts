import { createHash } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { lockFile } from '../port/file-lock.ts';
import { readHead, writeHead } from './head.ts';
import { endOfLines, linesBackwards, readAt } from './lines.ts';
import { makeAuditFolder, openToAppend, unusable } from './open.ts';
import { BEGINNING, type Before, type Entry, type FileRow, makeRow, parseLine, toLine } from './row.ts';

/** Milliseconds to wait for others who append. */
const PATIENCE = 10_000;

/**
 * Appends a row, whose number it may say, and returns that: it is on the disk then, whole, or nothing has changed. One
 * at a time of all processes. `before`: what has to be there before the row is. Throws AUDIT_UNUSABLE.
 */
export async function appendRow(
  path: string,
  make: (number: number) => Entry,
  { before, notice }: { before?: (number: number) => void; notice: (text: string) => void },
): Promise<number> {
  try {
    makeAuditFolder(path);
    const unlock = await lockFile(path.replace(/(\.ndjson)?$/, '.lock'), PATIENCE);
    if (!unlock) throw new Error('another process has been writing into it for too long');
    try {
      return appendAlone(path, make, before, notice);
    } finally {
      unlock();
    }
  } catch (error) {
    throw unusable(path, 'written', error);
  }
}

function appendAlone(
  path: string,
  make: (number: number) => Entry,
  before: ((number: number) => void) | undefined,
  notice: (text: string) => void,
): number {
  const handle = openToAppend(path);
  try {
    const size = fstatSync(handle).size;
    const end = endOfLines(handle, size);
    const last = end === 0 ? undefined : parseLine(linesBackwards(handle, end).next().value ?? '');
    const { from, wrong } = whereToGoOn(path, end, last, readHead(path));
    if (wrong) notice(wrong);
    const now = Math.max(Date.now(), last ? Date.parse(last.at) : 0);
    const rows: FileRow[] = [];
    const add = (entry: (number: number) => Entry) => {
      const after = rows.at(-1) ?? from;
      rows.push(makeRow(after, now, entry(after.id + 1)));
    };
    if (from === BEGINNING) add((number) => ({ action: 'begin', actor: make(number).actor, reason: null, detail: {} }));
    if (end < size) {
      const torn = setAside(path, readAt(handle, end, size - end));
      notice(`The last line of ${path} was cut off in the midst of writing. It is in ${torn.file} now, and on record.`);
      add((number) => ({ action: 'set-aside', actor: make(number).actor, reason: null, detail: torn }));
    }
    add(make);
    const row = rows.at(-1) ?? from;
    before?.(row.id);
    if (end < size) ftruncateSync(handle, end);
    writeWhole(handle, rows.map(toLine).join(''), end);
    if (size === 0) syncFolder(dirname(path));
    writeHead(path, row);
    return row.id;
  } finally {
    closeSync(handle);
  }
}

/**
 * Behind the last row, or, where rows are gone that the head still knows of, behind those: so the chain shows for ever
 * that they are missing.
 */
function whereToGoOn(
  path: string,
  end: number,
  last: FileRow | undefined,
  head: Before | undefined,
): { from: Before; wrong?: string } {
  if (end > 0 && !last && !head)
    throw new Error('its last line is none that was written here; move the file away to begin anew');
  const sound = last ?? BEGINNING;
  if (!head || head.id < sound.id || (head.id === sound.id && head.hash === sound.hash)) return { from: sound };
  const at = last ? `ends at row ${last.id}` : 'has lost its last row';
  return {
    from: head,
    wrong:
      head.id === sound.id
        ? `The last row of ${path} is not the one that was written: verify the audit.`
        : `${path} ${at}, and row ${head.id} was the newest: rows are missing.`,
  };
}

/** All of it or nothing. */
function writeWhole(handle: number, text: string, end: number): void {
  const bytes = Buffer.from(text);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(handle, bytes, done);
    fsyncSync(handle);
  } catch (error) {
    ftruncateSync(handle, end);
    throw error;
  }
}

/** Keeps what is no row in a file of its own, and says what it is. */
function setAside(path: string, bytes: Buffer): { bytes: number; digest: string; file: string } {
  const digest = createHash('sha256').update(bytes).digest('hex');
  const file = path.replace(/(\.ndjson)?$/, `.torn-${digest.slice(0, 16)}`);
  // of the same content where it is there already
  writeFileSync(file, bytes, { mode: 0o600, flush: true });
  return { bytes: bytes.length, digest, file: basename(file) };
}

export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
