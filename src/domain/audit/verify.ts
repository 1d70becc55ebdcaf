import { auditHash } from '../../db/audit/hash.ts';
import type { AuditTrail, ChainRow } from '../../db/audit/trail.ts';
import type { Database } from '../../db/port/database.ts';
import { TomoError } from '../../model/errors.ts';
import type { Timestamp } from '../../model/session.ts';
import { Budget, type Pace } from '../batch/budget.ts';
import { readAudit } from './trail.ts';

/** The first thing that is wrong, in the order of the chain. */
export type AuditProblem =
  /** Its content is not what its hash covers. */
  | { kind: 'altered'; row: number; at: Timestamp | null; action: string | null }
  /** Rows from `from` to `to` are missing. `newest`: the ones at the newest end; the head still knows of them. */
  | { kind: 'removed'; from: number; to: number; newest: boolean }
  /**
   * It continues another row than the one before it: that one was rewritten with a hash to match, or this
   * one and all after it.
   */
  | { kind: 'rewritten'; row: number; before: number }
  /** Of a file: behind the last row is a part of one. */
  | { kind: 'torn'; row: number; bytes: number }
  /** It has a number that is taken, cut off already, or beyond the head; null: none. */
  | { kind: 'inserted'; row: number | null }
  /** The newest row was rewritten with a hash to match, or the head was. */
  | { kind: 'head-differs'; row: number }
  | { kind: 'head-missing' }
  /** There is no row at all, and the first is written with the schema. */
  | { kind: 'emptied' }
  /**
   * The digest that was given is of no row: newest rows removed, the whole chain rewritten, or it
   * was cut off long ago.
   */
  | { kind: 'unknown-digest'; digest: string }
  /** It is that of the last row which was cut off: nothing is left of what it would show. */
  | { kind: 'digest-cut'; row: number };

export interface AuditVerdict {
  /** The file that was read; null: schema `tomo`. */
  file: string | null;
  verified: boolean;
  problem: AuditProblem | null;
  /** How many rows are as they should be, and the first and last of these. */
  rows: number;
  first: number | null;
  last: number | null;
  lastAt: Timestamp | null;
  /** Where retention has cut, as a row of the chain says: rows up to this number are gone. Null: nowhere. */
  cut: { row: number; at: Timestamp | null } | null;
  /** The newest link, as the head has it. */
  head: { row: number; digest: string } | null;
  /**
   * The row of the digest that was given, and how many were written since; null when none was given
   * or it was not found.
   */
  noted: { row: number; newer: number } | null;
  interrupted: boolean;
}

const BATCH = 1000;
/** What the first row of all continues. */
const BEGINNING = { id: 0, hash: '00' };

/** The digest of a head, or its first digits, 16 or more, as cleanup prints them. Throws INVALID_INPUT. */
export function parseDigest(text: string): string {
  const digest = text.trim().toLowerCase();
  if (!/^[0-9a-f]{16,64}$/.test(digest)) {
    throw new TomoError('INVALID_INPUT', `"${text}" is not a digest.`, {
      field: 'head',
      reason: 'malformed-digest',
      hint: 'It has 64 hex digits, of which 16 are enough.',
    });
  }
  return digest;
}

/**
 * Walks the chain from the cut to the head, in batches from one snapshot, and stops at the first thing that is wrong.
 * The hashes are made here and not by the database, where a function of that name may be anybody's. A chain cannot
 * show that its owner has rewritten all of it, nor that its newest rows are gone and the head was set back: only
 * `digest`, the head at an earlier time that was kept elsewhere, can.
 */
export function verifyAudit(
  db: Database,
  options: { digest: string | null; batchSize?: number } & Pace,
): Promise<AuditVerdict> {
  return readAudit(db, ({ trail }) => walkChain(trail, options), { statementTimeout: 0 });
}

async function walkChain(
  trail: AuditTrail,
  { digest, batchSize = BATCH, ...pace }: { digest: string | null; batchSize?: number } & Pace,
): Promise<AuditVerdict> {
  const head = linkOf(await trail.head());
  const cut = await trail.cut();
  let before = cut ? linkOf(cut) : BEGINNING;
  const verdict: AuditVerdict = {
    file: trail.file,
    verified: false,
    problem: null,
    rows: 0,
    first: null,
    last: null,
    lastAt: null,
    cut: cut && before ? { row: before.id, at: cut.at } : null,
    head: head && head.id > 0 ? { row: head.id, digest: head.hash } : null,
    noted: null,
    interrupted: false,
  };
  const { file } = trail;
  if (!head && file === null) return { ...verdict, problem: { kind: 'head-missing' } };
  // what a row says that is no cut is altered, and found so where it stands
  before ??= BEGINNING;
  const start = before;
  let noted = null as number | null;
  let atHead = BEGINNING.hash;
  const budget = new Budget(pace);
  if (head) pace.onTotal?.(head.id - before.id);
  for await (const batch of trail.chain(batchSize)) {
    if (budget.isUsedUp()) return { ...verdict, interrupted: true };
    for (const row of batch) {
      const problem = problemOf(row, before);
      if (problem) return { ...verdict, problem };
      before = { id: before.id + 1, hash: row.hash ?? '' };
      if (before.id === head?.id) atHead = before.hash;
      verdict.first ??= before.id;
      verdict.rows += 1;
      verdict.last = before.id;
      verdict.lastAt = row.at;
      if (digest !== null && before.hash.startsWith(digest)) noted ??= before.id;
    }
    pace.onProgress?.(verdict.rows);
    // the engine runs on this very thread, and Ctrl-C and the progress need a turn
    await new Promise((resolve) => setImmediate(resolve));
  }
  const end = head && file === null ? endOf(before, head) : endOfFile(before, head, atHead, await trail.torn());
  const problem = end ?? (digest === null || noted !== null ? null : notFound(digest, start));
  return {
    ...verdict,
    // that of a file may be behind
    head: file !== null && before.id > 0 ? { row: before.id, digest: before.hash } : verdict.head,
    verified: problem === null,
    problem,
    noted: noted === null ? null : { row: noted, newer: before.id - noted },
  };
}

interface SoundLink {
  id: number;
  hash: string;
}

/** Null: it is none. */
function linkOf(link: { id: string | null; hash: string | null } | undefined): SoundLink | null {
  const id = numberOf(link?.id ?? null);
  return id !== null && id >= 0 && link?.hash ? { id, hash: link.hash } : null;
}

/** Null where there is none, or one that is not exact. */
function numberOf(text: string | null): number | null {
  const number = text === null ? Number.NaN : Number(text);
  return Number.isSafeInteger(number) ? number : null;
}

function problemOf({ id, prev, hash, covered, at, action }: ChainRow, before: SoundLink): AuditProblem | null {
  const row = numberOf(id);
  if (row === null || row <= before.id) return { kind: 'inserted', row };
  if (row > before.id + 1) return { kind: 'removed', from: before.id + 1, to: row - 1, newest: false };
  if (prev === null || covered === null || hash !== auditHash(prev, covered))
    return { kind: 'altered', row, at, action };
  return prev === before.hash ? null : { kind: 'rewritten', row, before: before.id };
}

/** What the newest row says about the head. */
function endOf(newest: SoundLink, head: SoundLink): AuditProblem | null {
  if (head.id > newest.id) return { kind: 'removed', from: newest.id + 1, to: head.id, newest: true };
  if (head.id < newest.id) return { kind: 'inserted', row: head.id + 1 };
  if (head.id === BEGINNING.id) return { kind: 'emptied' };
  return head.hash === newest.hash ? null : { kind: 'head-differs', row: newest.id };
}

/**
 * The same of a file, whose head is written after the row: what it knows has to be there, and may be followed by more.
 */
function endOfFile(newest: SoundLink, head: SoundLink | null, atHead: string, torn: number): AuditProblem | null {
  if (head && head.id > newest.id) return { kind: 'removed', from: newest.id + 1, to: head.id, newest: true };
  if (torn > 0) return { kind: 'torn', row: newest.id + 1, bytes: torn };
  if (!head) return { kind: 'head-missing' };
  return head.hash === atHead ? null : { kind: 'head-differs', row: head.id };
}

function notFound(digest: string, cut: SoundLink): AuditProblem {
  return cut.hash.startsWith(digest) ? { kind: 'digest-cut', row: cut.id } : { kind: 'unknown-digest', digest };
}
