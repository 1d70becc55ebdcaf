import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEntry } from '../../model/audit.ts';
import type { AuditPlace, AuditTrail, ChainRow, ResolvedAuditFilter } from '../audit/trail.ts';
import { pageOf } from '../list/row-source.ts';
import { matches, readEntries, selectRows } from './entries.ts';
import { readHead } from './head.ts';
import { linesForwards } from './lines.ts';
import { measureAuditFile, readAuditFile } from './open.ts';
import { BEGINNING, parseLine, saysWhatItCovers } from './row.ts';

/** How often a line that is not whole is looked at again: it may be just being written. */
const LOOKS = 20;

/** Reads the audit from a file; where there is none, nothing is on record. A list reads as far back as it has to. */
export function fileTrail(path: string): AuditTrail & { file: string } {
  return {
    file: path,
    page: (filter, place, limit, along) =>
      pageOf([...first(select(path, filter, place), limit)], limit, along, (cap) => count(path, filter, cap)),
    async *stream(filter, place) {
      for (const entry of select(path, filter, place)) yield JSON.stringify(entry);
    },
    count: async (filter) => count(path, filter, Number.POSITIVE_INFINITY),
    async *rows(filter) {
      for (const row of readAuditFile(path, (handle, end) => selectRows(handle, end, filter)))
        yield JSON.stringify(row);
    },
    byColumn: async () => null,
    recordedActions: async (actions) => {
      const recorded = new Set<string>();
      for (const { action } of readAuditFile(path, readEntries)) recorded.add(action);
      return actions.filter((action) => recorded.has(action));
    },
    head: async () => {
      const head = readHead(path);
      if (head) return linkOf(head);
      return measureAuditFile(path).size > 0 ? undefined : linkOf(BEGINNING);
    },
    cut: async () => undefined,
    async *chain(size) {
      let batch: ChainRow[] = [];
      let before = 0;
      for (const line of readAuditFile(path, linesForwards)) {
        const row = chainRow(line, before + 1);
        before = Number(row.id);
        batch.push(row);
        if (batch.length < size) continue;
        yield batch;
        batch = [];
      }
      if (batch.length > 0) yield batch;
    },
    torn: async () => {
      for (let look = 1; ; look += 1) {
        const { size, end } = measureAuditFile(path);
        if (size === end || look === LOOKS) return size - end;
        await sleep(50);
      }
    },
  };
}

function* select(path: string, filter: ResolvedAuditFilter, { after }: AuditPlace): Generator<AuditEntry> {
  const below = after === null ? Number.POSITIVE_INFINITY : Number(after[0]);
  for (const entry of readAuditFile(path, readEntries)) if (entry.id < below && matches(entry, filter)) yield entry;
}

function count(path: string, filter: ResolvedAuditFilter, cap: number): number {
  let found = 0;
  for (const _ of first(select(path, filter, { after: null }), cap)) found += 1;
  return found;
}

function* first<T>(all: Iterable<T>, limit: number): Generator<T> {
  let count = 0;
  if (limit <= 0) return;
  for (const one of all) {
    yield one;
    count += 1;
    if (count >= limit) return;
  }
}

/** A line that is no row stands where the row `expected` should be. */
function chainRow(line: string, expected: number): ChainRow {
  const row = parseLine(line);
  if (!row) return { id: String(expected), hash: null, prev: null, covered: null, at: null, action: null };
  const { hash, prev, covered, at, action } = row;
  return { id: String(row.id), hash, prev, covered: saysWhatItCovers(row) ? covered : null, at, action };
}

function linkOf({ id, hash }: { id: number; hash: string }) {
  return { id: String(id), hash };
}
