import type { AuditAction, AuditEntry, AuditOutcome, StoredActor } from '../../model/audit.ts';
import { invalidInput } from '../../model/errors.ts';
import type { Revocation } from '../../model/revocation.ts';
import type { AuditTrail } from '../audit/trail.ts';
import { appendRow } from './append.ts';
import { readEntries } from './entries.ts';
import { readAuditFile, whyNot } from './open.ts';
import { isRevocation, readRevocations } from './revocations.ts';
import { digestOf, forgetIds, keepIds, readIds } from './revoked-ids.ts';
import { fileTrail } from './trail.ts';

/** Where a change is made. */
export interface Site {
  /** Name of the server whose sessions they are. */
  server: string;
  /** Location of the database, without password. */
  database: string;
  context: string | null;
}

/** A change that is about to be made. */
export interface Change {
  action: AuditAction;
  actor: StoredActor;
  reason: string | null;
  /** What exactly, as in the schema's audit: filter, count, user, username, kept, … */
  detail: Record<string, unknown>;
  /** The sessions that are to be ended, where they are known. `undo`: they are kept as long as that is possible. */
  ids?: readonly string[];
  undo?: boolean;
}

/**
 * The audit of an operator on servers whose database has none: a file, chained as the schema's is. It cannot commit
 * together with a database; so what is to be done is on record before it is done, and what became of it afterwards.
 */
export interface AuditFile extends AuditTrail {
  readonly file: string;
  /**
   * Before the change. Returns the number of the row, which is that of the revocation, too. Throws AUDIT_UNUSABLE, and
   * then the change must not be made.
   */
  begin(change: Change): Promise<number>;
  /**
   * After it. Why that could not be written, which is a notice, too: the change stands, and its
   * outcome is not on record.
   */
  end(number: number, outcome: AuditOutcome, more?: Record<string, unknown>): Promise<string | null>;
  /** Of this server and database, newest first. */
  revocations(): Iterable<Revocation>;
  /** The ids that a revocation was to end; undefined when they are not kept, or no more. */
  revokedIds(revocation: number): string[] | undefined;
  /** What else is on record of it. */
  detailOf(revocation: number): Record<string, unknown>;
}

const MOST_DETAIL = 65_536;

/**
 * `notice`: hears in words what was wrong with the file and is on record now. Nothing is made before the first change.
 */
export function openAuditFile(path: string, site: Site, notice: (text: string) => void): AuditFile {
  const begun = new Map<number, Pick<Change, 'action' | 'actor'>>();
  const isHere = ({ detail }: AuditEntry) => detail.server === site.server && detail.database === site.database;
  const find = (number: number) => {
    for (const entry of readAuditFile(path, readEntries))
      if (entry.id <= number) return entry.id === number && isHere(entry) ? entry : undefined;
    return undefined;
  };
  return {
    ...fileTrail(path),
    async begin({ action, actor, reason, detail, ids, undo = false }) {
      const kept = undo ? ids : undefined;
      const what = {
        ...detail,
        ...(ids && { count: ids.length, ids: digestOf(ids) }),
        ...(kept && { undo }),
        ...site,
        outcome: 'begun',
      };
      if (Buffer.byteLength(JSON.stringify(what)) > MOST_DETAIL) {
        throw invalidInput(
          'That is too much to be put on record as one change.',
          'Choose fewer, or by another filter.',
        );
      }
      const number = await appendRow(
        path,
        (row) => ({ action, actor, reason, detail: isRevocation(action) ? { revocation: row, ...what } : what }),
        { notice, ...(kept && { before: (row: number) => keepIds(path, row, kept) }) },
      );
      begun.set(number, { action, actor });
      return number;
    },
    async end(number, outcome, more = {}) {
      const change = begun.get(number);
      if (!change) throw new Error(`nothing was begun with number ${number}`);
      const detail = { begun: number, outcome, ...more };
      try {
        await appendRow(path, () => ({ ...change, reason: null, detail }), { notice });
        if (outcome === 'unchanged') forgetIds(path, number);
        return null;
      } catch (error) {
        const why = whyNot(error instanceof Error ? (error.cause ?? error) : error);
        notice(`What became of this change could not be put on record: ${path}: ${why}.`);
        return why;
      }
    },
    *revocations() {
      yield* readRevocations(only(readAuditFile(path, readEntries), isHere), Date.now());
    },
    revokedIds: (revocation) => readIds(path, revocation, find(revocation)?.detail.ids),
    detailOf: (revocation) => find(revocation)?.detail ?? {},
  };
}

function* only<T>(all: Iterable<T>, wanted: (one: T) => boolean): Generator<T> {
  for (const one of all) if (wanted(one)) yield one;
}
