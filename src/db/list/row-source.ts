import type { Start } from './start.ts';

/** Reads the rows that a query selects from where they are. */
export interface RowSource<Query, Row, Sort extends string, Source> {
  page: (source: Source, query: Query, start: Start<Sort>, limit: number) => Promise<Row[]>;
  /** All of them as JSON text, one by one. */
  stream: (source: Source, query: Query, start: Start<Sort>) => AsyncIterable<string>;
  /** How many; counting stops at `cap` (null: it does not). */
  count: (source: Source, query: Query, cap: number | null) => Promise<number>;
}
