import type { Transaction } from '../port/database.ts';
import { type Sql, selectJson, selectValue, streamJson } from '../port/sql.ts';
import type { RowSource } from './row-source.ts';
import type { Start } from './start.ts';

/** Of a list with one order. */
export type NewestFirst = 'newest';

/** Rows of the database. */
export type Rows<Query, Row, Sort extends string, Source = Transaction> = RowSource<Query, Row, Sort, Source>;

/** Rows by two pieces of SQL: they as JSON text in order (`limit` null: all), and `from … where …` to count them. */
export function rowsBy<Query, Row, Sort extends string>(
  select: (query: Query, start: Start<Sort>, limit: number | null) => Sql,
  matching: (query: Query) => Sql,
): Rows<Query, Row, Sort> {
  return {
    page: (tx, query, start, limit) => selectJson<Row>(tx)`${select(query, start, limit)}`,
    stream: (tx, query, start) => streamJson(tx)`${select(query, start, null)}`,
    count: (tx, query, cap) => countRows(tx, matching(query), cap),
  };
}

export function countRows(tx: Transaction, matching: Sql, cap: number | null): Promise<number> {
  return selectValue<number>(tx)`select count(*)::int from (select ${matching} limit ${cap}::bigint) x`;
}
