import type { AuditEntry, AuditFilter } from '../../model/audit.ts';
import type { Timestamp } from '../../model/session.ts';
import type { Along, ByColumn, ColumnPage, Page } from '../list/row-source.ts';

/** A filter whose user is known by id, where there still is one. */
export type ResolvedAuditFilter = Omit<AuditFilter, 'user' | 'not'> & {
  user?: { id: string | null; username: string } | undefined;
  not?: AuditChoices | undefined;
};

/** What can be turned around of it. */
export type AuditChoices = Pick<ResolvedAuditFilter, 'actions' | 'actor' | 'user'>;

/** A link of the chain as it is there, which may be anything. Digests are hexadecimal. */
export interface Link {
  id: string | null;
  hash: string | null;
}

/** A row of the log, with what its hash is to be made of. */
export interface ChainRow extends Link {
  prev: string | null;
  /** Null also where the row does not say what its hash covers. */
  covered: string | null;
  at: Timestamp | null;
  action: string | null;
}

/** Behind the row with this number; null: at the newest. */
export interface AuditPlace {
  after: readonly string[] | null;
}

/** What is on record of the changes: in schema `tomo`, or in a file of the operator. */
export interface AuditTrail {
  /** The file; null: the schema. */
  readonly file: string | null;
  page(filter: ResolvedAuditFilter, place: AuditPlace, limit: number, along?: Along): Promise<Page<AuditEntry>>;
  /** All of them as JSON text, newest first; nothing is asked after it. */
  stream(filter: ResolvedAuditFilter, place: AuditPlace): AsyncIterable<string>;
  count(filter: ResolvedAuditFilter, last?: boolean): Promise<number>;
  /** The first ones in order of a column; null: not by this one. `cap`: how far they are counted. */
  byColumn(
    filter: ResolvedAuditFilter,
    by: ByColumn,
    limit: number,
    cap: number,
  ): Promise<ColumnPage<AuditEntry> | null>;
  /** The JSON text of each row with all that it takes to check it, oldest first. */
  rows(filter: ResolvedAuditFilter): AsyncIterable<string>;
  /** Those of the actions that are on record. */
  recordedActions(actions: readonly string[]): Promise<string[]>;
  /** The newest link of the chain, as it is noted beside the log; undefined when that is not one whole row. */
  head(): Promise<Link | undefined>;
  /**
   * The newest row that says where retention has cut, by number and hash of the last row that is gone; when that was.
   */
  cut(): Promise<(Link & { at: Timestamp | null }) | undefined>;
  /** All rows in the order in which they stand, so many at a time. */
  chain(size: number): AsyncGenerator<ChainRow[]>;
  /** Bytes behind the last row that are no whole one. */
  torn(): Promise<number>;
}
