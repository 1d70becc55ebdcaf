import { type BrokenLink, checkLinks, type Link, selectAuditHead } from '../../db/audit/audit.ts';
import { type Database, read } from '../../db/port/database.ts';
import { TomoError } from '../../model/errors.ts';
import type { Timestamp } from '../../model/session.ts';
import { Budget, type Pace } from '../batch/budget.ts';

/** The first thing that is wrong, in the order of the chain. */
export type AuditProblem =
  /** Its content is not what its hash covers. */
  | { kind: 'altered'; row: number; at: Timestamp; action: string }
  /** Rows from `from` to `to` are missing. `newest`: the ones at the newest end; the head still knows of them. */
  | { kind: 'removed'; from: number; to: number; newest: boolean }
  /** It continues another row than the one before it: that one was rewritten with a hash to match, or this one and all after it. */
  | { kind: 'rewritten'; row: number; before: number }
  /** It has a number that is taken, cut off already, or beyond the head. */
  | { kind: 'inserted'; row: number }
  /** The newest row was rewritten with a hash to match, or the head was. */
  | { kind: 'head-differs'; row: number }
  | { kind: 'head-missing' }
  /** The digest that was given is of no row: newest rows removed, or the whole chain rewritten. */
  | { kind: 'unknown-digest'; digest: string };

export interface AuditVerdict {
  verified: boolean;
  problem: AuditProblem | null;
  /** How many rows are as they should be, and the first and last of these. */
  rows: number;
  first: number | null;
  last: number | null;
  lastAt: Timestamp | null;
  /** Where retention has cut: rows up to this number are gone. Null: nowhere. */
  cut: { row: number; at: Timestamp | null } | null;
  /** The newest link, as the head has it. */
  head: { row: number; digest: string } | null;
  /** The row of the digest that was given, and how many were written since; null when none was given or it was not found. */
  noted: { row: number; newer: number } | null;
  interrupted: boolean;
}

const BATCH = 10_000;

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
 * Walks the chain from the cut to the head, in batches from one snapshot, and stops at the first thing that is wrong. A chain
 * cannot show that its owner has rewritten all of it, nor that its newest rows are gone and the head was set back: only
 * `digest`, the head at an earlier time that was kept elsewhere, can.
 */
export function verifyAudit(
  db: Database,
  options: { digest: string | null; batchSize?: number } & Pace,
): Promise<AuditVerdict> {
  return read(
    db,
    async (tx) => {
      const head = await selectAuditHead(tx);
      const verdict: AuditVerdict = {
        verified: false,
        problem: null,
        rows: 0,
        first: null,
        last: null,
        lastAt: null,
        cut: head && head.cutId > 0 ? { row: head.cutId, at: head.cutAt } : null,
        head: head ? { row: head.id, digest: head.hash } : null,
        noted: null,
        interrupted: false,
      };
      if (!head) return { ...verdict, problem: { kind: 'head-missing' } };
      const { digest, batchSize = BATCH } = options;
      const budget = new Budget(options);
      options.onTotal?.(head.id - head.cutId);
      let before: Link = { id: head.cutId, hash: head.cutHash };
      let noted = digest !== null && before.hash.startsWith(digest) ? before.id : null;
      for (let above: number | null = null; ; ) {
        if (budget.isUsedUp()) return { ...verdict, interrupted: true };
        const batch = await checkLinks(tx, before, above, batchSize, digest);
        const { broken, last } = batch;
        const sound = broken ? Math.max(0, broken.before - before.id) : batch.rows;
        if (sound > 0) {
          verdict.first ??= before.id + 1;
          verdict.rows += sound;
          verdict.last = broken ? broken.before : (last?.id ?? null);
          verdict.lastAt = broken ? null : (last?.at ?? null);
        }
        if (broken) return { ...verdict, problem: problemOf(broken) };
        noted ??= batch.noted;
        options.onProgress?.(verdict.rows);
        if (!last) break;
        before = last;
        above = last.id;
        // the engine runs on this very thread, and Ctrl-C and the progress need a turn
        await new Promise((resolve) => setImmediate(resolve));
      }
      const problem =
        endOf(before, head) ?? (digest !== null && noted === null ? { kind: 'unknown-digest' as const, digest } : null);
      return {
        ...verdict,
        verified: problem === null,
        problem,
        noted: noted === null ? null : { row: noted, newer: before.id - noted },
      };
    },
    { statementTimeout: 60_000 },
  );
}

function problemOf({ id, at, action, before, intact }: BrokenLink): AuditProblem {
  if (id <= before) return { kind: 'inserted', row: id };
  if (id > before + 1) return { kind: 'removed', from: before + 1, to: id - 1, newest: false };
  return intact ? { kind: 'rewritten', row: id, before } : { kind: 'altered', row: id, at, action };
}

/** What the newest row says about the head. */
function endOf(newest: Link, head: Link): AuditProblem | null {
  if (head.id > newest.id) return { kind: 'removed', from: newest.id + 1, to: head.id, newest: true };
  if (head.id < newest.id) return { kind: 'inserted', row: head.id + 1 };
  return head.hash === newest.hash ? null : { kind: 'head-differs', row: newest.id };
}
