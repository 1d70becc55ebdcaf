import type { TimeKind } from './server.ts';
import type { Session } from './session.ts';

/** What `tomo server check` has seen of a server: its tables, and what may go wrong with them. */
export interface CheckedServer {
  server: string;
  title: string;
  /** Null where a database has no schemas. */
  schema: string | null;
  table: string;
  columns: CheckedColumn[];
  times: CheckedTime[];
  /** In which times without a zone are read; null: they all have one. */
  zone: { name: string; named: boolean } | null;
  /** Null on SQLite, where the file has them. */
  rights: CheckedRights | null;
  indexes: CheckedIndex[];
  /** Of the rows that were looked at; null: they could not be read. */
  rows: CheckedRows | null;
  /** Live sessions, the latest first. */
  newest: Session[];
  late: string | null;
  unseen: string | null;
  prunes: string | null;
  findings: CheckFinding[];
}

/** A column that is read. */
export interface CheckedColumn {
  table: string;
  column: string;
  /** What it says of a session. */
  says: string;
  /** Null: it is not here. */
  type: string | null;
  /** Others would do in its place, or nothing. */
  optional: boolean;
}

/** How a time of the sessions is read. */
export interface CheckedTime {
  says: 'created' | 'active' | 'expires';
  column: string;
  /** By its description, and as it is read by its type here. */
  declared: TimeKind;
  kind: TimeKind | null;
  type: string | null;
  /** The latest ones. */
  newest: string[];
}

export interface CheckedRights {
  /** Of this connection. */
  role: string;
  /** As in "SELECT session.id". */
  lackingToList: string[];
  lackingToRevoke: string[];
  /** Secret columns that it can read and nobody needs. */
  secrets: string[];
}

export interface CheckedIndex {
  use: 'list' | 'user' | 'cleanup' | 'id';
  column: string;
  there: boolean;
}

export interface CheckedRows {
  /** How many rows were looked at, and whether these are all. */
  sessions: number;
  all: boolean;
  /** Of these, sessions of nobody; null: only a program can tell. */
  ofNobody: number | null;
  /** Users without a name, and names of several; null: there is no table of users. */
  unnamed: number | null;
  shared: string[] | null;
}

export type CheckFindingId =
  | 'no-table'
  | 'no-columns'
  | 'does-not-fit'
  | 'zone-assumed'
  | 'times-ahead'
  | 'cannot-list'
  | 'cannot-revoke'
  | 'reads-secrets'
  | 'no-index'
  | 'no-sessions'
  | 'unnamed-users'
  | 'shared-names';

export interface CheckFinding {
  id: CheckFindingId;
  verdict: 'warning' | 'problem';
  /** What it is about: names of columns, rights or users, a zone, a number of seconds. */
  about: string[];
}
