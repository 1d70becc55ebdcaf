import type { Database } from '../../db/port/database.ts';
import type { Operator } from '../../domain/user/operator.ts';
import type { Actor } from '../../model/session.ts';
import type { Draw, Tone } from '../../views/browse/screen.ts';
import type { Look } from '../../views/style.ts';
import type { Access } from '../base/operator.ts';

/** In the order of their keys, 1 to 7. */
export const VIEW_NAMES = ['sessions', 'users', 'devices', 'alerts', 'revocations', 'audit', 'activity'] as const;
export type ViewName = (typeof VIEW_NAMES)[number];

/** A row of a view, and by what it is told from the others. */
export interface Item<Row = unknown> {
  id: string;
  row: Row;
}

/** What somebody went into: the view is about that alone. */
export interface Scope {
  /** "of alice", for the heading. */
  of: string;
  username?: string | null | undefined;
  userId?: string | null | undefined;
  session?: string | undefined;
  device?: string | undefined;
  revocation?: number | undefined;
}

/** Where Enter leads to. */
export interface Entry {
  view: ViewName;
  scope: Scope | null;
  search?: string;
  filter?: string;
}

/** What is asked of a view. */
export interface Query {
  scope: Scope | null;
  search: string;
  sort: string;
  reverse: boolean;
  filter: string;
  limit: number;
  after: string | undefined;
  /** Count them, to COUNT_CAP. */
  withTotal: boolean;
}

/** Who looks. */
export interface Who {
  operator: Operator | null;
  actor: Actor;
  now: Date;
  /** Only what is theirs. */
  mine: boolean;
}

export interface ViewPage<Row = unknown> {
  rows: Row[];
  nextCursor?: string | null;
  /** How many there are in all, counted to COUNT_CAP + 1; null where that is not known. */
  total?: number | null | Promise<number | null>;
}

/** What has been done; `undo`: the revocation, if it can be undone. */
export interface Done {
  message: string;
  undo?: number | null;
}

/** Something that is done to rows: to the marked ones, else to the one under the cursor. */
export interface Action<Row = unknown> {
  key: string;
  name: string;
  /** For the help. */
  what: string;
  /** For the line of keys. */
  foot?: string;
  access: Access;
  /** To one row at a time. */
  single?: boolean;
  /** Where nothing can be undone there is none. */
  undoes?: boolean;
  /** It ends sessions, which is for good where nothing can be undone. */
  ends?: boolean;
  /** What is said where nothing fits. */
  none: string;
  fits(row: Row): boolean;
  /** A text that is asked for first, and what it is at the beginning. */
  prompt?: { words: string; most: number; from?(row: Row): string };
  /** Without one it is done at once. */
  question?(rows: readonly Row[], look: Look): string;
  run(db: Database, rows: readonly Row[], text: string, who: Who): Promise<Done>;
}

/** One kind of thing on the screen. */
export interface View<Row = unknown> {
  readonly name: ViewName;
  /** "live session", of those that are asked about. */
  readonly noun: string;
  readonly access: Access;
  /** Only where the schema `tomo` is. */
  readonly tomoOnly: boolean;
  /** The orders that the database has, that of the beginning first. */
  readonly sorts: readonly string[];
  /** The order that rows of a filter begin with, where it is another one. */
  usual?(filter: string): string;
  /** By these, too, where there are not too many rows. */
  readonly columns: readonly string[];
  readonly filters: readonly string[];
  /** What can be typed behind /, as an example. */
  readonly searches: string;
  /** Where Enter leads, and in words. */
  readonly into: { view: ViewName; words: string } | null;
  readonly actions: readonly Action<Row>[];
  id(row: Row): string;
  page(db: Database, query: Query, who: Who): Promise<ViewPage<Row>>;
  table(rows: readonly Row[], filter: string, look: Look): string;
  /** What tells those from each other that are asked about. */
  which(rows: readonly Row[], look: Look): string;
  tone(row: Row, now: Date): Tone;
  /** What changes when something has happened to it. */
  stamp(row: Row): string;
  enter(row: Row): Entry | null;
  /** Whose it is, if it is somebody's. */
  owner(row: Row): Scope | null;
  details(db: Database, row: Row, who: Who): Promise<Draw>;
}
