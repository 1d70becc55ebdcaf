import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type Before, isObject } from './row.ts';

/**
 * The newest link, kept beside the file: what an append leaves there shows that rows were removed since, or the
 * whole file, as by a rotation of logs or a backup that was put back. It is written after the row, so that it
 * may be one behind.
 */
export function readHead(path: string): Before | undefined {
  try {
    const head: unknown = JSON.parse(readFileSync(headPath(path), 'utf8'));
    if (!isObject(head)) return undefined;
    const { id, hash } = head;
    const sound = typeof id === 'number' && Number.isSafeInteger(id) && id > 0 && /^[0-9a-f]{64}$/.test(String(hash));
    return sound ? { id, hash: String(hash) } : undefined;
  } catch {
    return undefined;
  }
}

/** Where it cannot be written, it stays behind. */
export function writeHead(path: string, { id, hash }: Before): void {
  const draft = `${headPath(path)}.new`;
  try {
    writeFileSync(draft, `${JSON.stringify({ id, hash })}\n`, { mode: 0o600 });
    renameSync(draft, headPath(path));
  } catch {
    // the row is there
  }
}

/** audit.ndjson: audit.head */
function headPath(path: string): string {
  return path.replace(/(\.ndjson)?$/, '.head');
}
