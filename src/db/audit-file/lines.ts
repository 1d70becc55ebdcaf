import { readSync } from 'node:fs';

const CHUNK = 64 * 1024;
/** No line that is written is that long; of one that is, a part. */
const LONGEST = 1024 * 1024;
const NEWLINE = 10;

/** Up to where a file has whole lines. */
export function endOfLines(handle: number, size: number): number {
  for (let end = size; end > 0; end -= CHUNK) {
    const start = Math.max(0, end - CHUNK);
    const found = readAt(handle, start, end - start).lastIndexOf(NEWLINE);
    if (found >= 0) return start + found + 1;
  }
  return 0;
}

/** The lines of a file up to `end`, the last one first. Reads only as far as it is asked. */
export function* linesBackwards(handle: number, end: number): Generator<string> {
  let rest = Buffer.alloc(0);
  // the newline of the last line ends no other one
  for (let to = end - 1; to > 0; to -= CHUNK) {
    const from = Math.max(0, to - CHUNK);
    const chunk = Buffer.concat([readAt(handle, from, to - from), rest]);
    let stop = chunk.length;
    for (let at = chunk.lastIndexOf(NEWLINE); at >= 0; at = at === 0 ? -1 : chunk.lastIndexOf(NEWLINE, at - 1)) {
      yield chunk.toString('utf8', at + 1, stop);
      stop = at;
    }
    rest = chunk.subarray(0, Math.min(stop, LONGEST));
  }
  if (end > 0) yield rest.toString('utf8');
}

/** The same, the first one first. */
export function* linesForwards(handle: number, end: number): Generator<string> {
  let rest = Buffer.alloc(0);
  for (let from = 0; from < end; from += CHUNK) {
    const chunk = Buffer.concat([rest, readAt(handle, from, Math.min(CHUNK, end - from))]);
    let start = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
      yield chunk.toString('utf8', start, at);
      start = at + 1;
    }
    rest = chunk.subarray(start, start + LONGEST);
  }
}

export function readAt(handle: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const read = readSync(handle, bytes, done, length - done, position + done);
    if (read === 0) break; // somebody has cut the file meanwhile
    done += read;
  }
  return bytes.subarray(0, done);
}
