import type { Start } from './start.ts';

/** The first rows behind a place. */
export interface Page<Row> {
  rows: Row[];
  /** How many there are in all, where that was asked for and the page is full; the rows do not wait for it. */
  total: number | null | Promise<number | null>;
}

/** What is asked along with a page. */
export interface Along {
  /** To count them all, to this cap, where the page is full. */
  cap?: number | undefined;
  /** Nothing is asked in its transaction after it. */
  last?: boolean | undefined;
}

/** A page of rows that are known, counted by `count` where that is wanted. */
export async function pageOf<Row>(
  rows: Row[],
  limit: number,
  { cap }: Along = {},
  count: (cap: number) => number | Promise<number>,
): Promise<Page<Row>> {
  return { rows, total: cap !== undefined && rows.length === limit ? await count(cap) : null };
}

/** Of a page that is only looked at. */
export async function rowsOf<Row>(page: Promise<Page<Row>>): Promise<Row[]> {
  return (await page).rows;
}

/** In order of a column, behind a place: its key, as text, and the id of the row. */
export interface ByColumn {
  column: string;
  rising: boolean;
  after: RowKey | null;
}

/** Key: null where the row has no value there. */
export interface RowKey {
  key: string | null;
  id: string;
}

/** The first rows in such an order, and where each stands in it. */
export interface ColumnPage<Row> {
  rows: Row[];
  keys: RowKey[];
  /** How many there are in all, counted to a cap, where the page is full. */
  total: number | null;
}

/**
 * The first rows that a query selects in order of a column, nothing being asked after them; `cap`: how far they are
 * counted. Null: not by this one.
 */
export type SelectByColumn<Query, Row, Source> = (
  source: Source,
  query: Query,
  by: ByColumn,
  limit: number,
  cap: number,
) => Promise<ColumnPage<Row> | null>;

/** Reads the rows that a query selects from where they are. */
export interface RowSource<Query, Row, Sort extends string, Source> {
  page: (source: Source, query: Query, start: Start<Sort>, limit: number, along?: Along) => Promise<Page<Row>>;
  /** All of them as JSON text, one by one; nothing is asked after it. */
  stream: (source: Source, query: Query, start: Start<Sort>) => AsyncIterable<string>;
  /** How many, exactly. `last`: nothing is asked after it. */
  count: (source: Source, query: Query, last?: boolean) => Promise<number>;
  /** Without: it can sort by no column. */
  byColumn?: SelectByColumn<Query, Row, Source> | undefined;
}
