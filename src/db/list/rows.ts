import type { Transaction } from '../port/database.ts';
import { type Sql, selectJson, selectRow, selectValue, sql, streamJson } from '../port/sql.ts';
import type { Along, Page, RowSource } from './row-source.ts';
import type { Start } from './start.ts';

/** Of a list with one order. */
export type NewestFirst = 'newest';

/** From its beginning. */
export const NEWEST = { sort: 'newest', after: null } as const;

/** Rows of the database. */
export type Rows<Query, Row, Sort extends string, Source = Transaction> = RowSource<Query, Row, Sort, Source>;

/** Rows by two pieces of SQL: they as JSON text in order (`limit` null: all), and `from … where …` to count them. */
export function rowsBy<Query, Row, Sort extends string>(
  select: (query: Query, start: Start<Sort>, limit: number | null) => Sql,
  matching: (query: Query) => Sql,
): Rows<Query, Row, Sort> {
  return {
    page: (tx, query, start, limit, along) =>
      selectPage<Row>(tx, select(query, start, limit), limit, matching(query), along),
    async *stream(tx, query, start) {
      tx.last();
      yield* streamJson(tx)`${select(query, start, null)}`;
    },
    count(tx, query, last = false) {
      if (last) tx.last();
      return selectValue<number>(tx)`select count(*)::int ${matching(query)}`;
    },
  };
}

/** How many rows the page of this transaction has, for what is asked in the same burst. */
const FOUND = sql`'tomo.found'`;

/**
 * A page by a statement of at most `limit` rows; `matching` as above. How many there are is asked in the same burst,
 * and counted only behind a full page. Where the nodes of a cluster answer, each may know how full it is or not.
 */
export async function selectPage<Row>(
  tx: Transaction,
  select: Sql,
  limit: number,
  matching: Sql,
  { cap, last = false }: Along = {},
): Promise<Page<Row>> {
  if (last) tx.last();
  if (cap === undefined) return { rows: await selectJson<Row>(tx)`${select}`, total: null };
  const page = selectRow<{ rows: string }>(tx)`
    with page as materialized (${select})
    select coalesce('[' || string_agg(json, ',') || ']', '[]') as rows, set_config(${FOUND}, count(*)::text, true)
      from page`;
  const total = selectValue<number | null>(tx)`
    select case when coalesce(nullif(current_setting(${FOUND}, true), ''), ${limit}::text) = ${limit}::text
                then (select count(*)::int from (select ${matching} limit ${cap}::bigint) x) end`;
  // who does not wait for it does not hear of its failure either
  total.catch(() => {});
  return { rows: JSON.parse((await page).rows), total };
}
