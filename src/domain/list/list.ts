import type { ByColumn, ColumnPage } from '../../db/list/row-source.ts';
import type { Rows } from '../../db/list/rows.ts';
import { type Database, read, type Transaction, type TransactionOptions } from '../../db/port/database.ts';
import { decodeCursor, encodeCursor, type Orders } from './cursor.ts';
import { COUNT_CAP, type ListPage } from './page.ts';

/** What a list is made of. `Filter`: as it was parsed; `Query`: with what it names looked up. */
interface Listed<Filter, Query, Row, Sort extends string, Source> {
  rows: Rows<Query, Row, Sort, Source>;
  orders: Orders<Sort>;
  /** The sort keys of a row. */
  keys: (row: Row, sort: Sort) => (string | number)[];
  /** Leaves out what only the keys are made of. */
  shown?: (row: Row) => Row;
  /** Throws NOT_FOUND for what does not exist. */
  resolve: (source: Source, filter: Filter) => Promise<Query>;
  /** Whether a page (`limit` null: all of it) reads whole tables, which several processes of the server do faster. */
  isPass?: (filter: Filter, sort: Sort, limit: number | null) => boolean;
}

export interface PageOptions<Sort> {
  sort: Sort;
  limit: number;
  /** The cursor of the page before. */
  after?: string | undefined;
  /** Count how many there are in all, where that is more than the page. */
  withTotal?: boolean;
  /** Nothing is asked in its transaction after it. */
  last?: boolean;
}

/** Takes the JSON text of a row; a promise is waited for. */
type Write = (json: string) => Promise<void> | void;

/** A list of one kind of thing. Its functions throw NOT_FOUND for what a filter names in vain, and INVALID_INPUT. */
export interface List<Filter, Row, Sort extends string> {
  page: (db: Database, filter: Filter, options: PageOptions<Sort>) => Promise<ListPage<Row>>;
  /** Hands every row as JSON text to `write`, one by one, of one moment. */
  stream: (
    db: Database,
    filter: Filter,
    place: { sort: Sort; after?: string | undefined },
    write: Write,
  ) => Promise<void>;
  /** Where the page after this row begins. */
  cursor: (row: Row, sort: Sort) => string;
  /** How many there are, exactly. */
  count: (db: Database, filter: Filter) => Promise<number>;
  /**
   * The first ones in order of a column, where the database can sort by it; null: it cannot, and they have to be read.
   */
  byColumn: (db: Database, filter: Filter, by: ByColumn, limit: number) => Promise<ColumnPage<Row> | null>;
}

/** A list that can be read within something that is open. */
export interface OpenList<Filter, Row, Sort extends string, Source> extends List<Filter, Row, Sort> {
  pageIn: (source: Source, filter: Filter, options: PageOptions<Sort>) => Promise<ListPage<Row>>;
}

/** Lends what the rows are read from. */
export type Lend<Source> = <T>(
  db: Database,
  work: (source: Source) => Promise<T>,
  options: TransactionOptions,
) => Promise<T>;

/** Whoever counts exactly reads everything. */
export const PASS = { statementTimeout: 60_000, parallel: true };

export type { ByColumn, ColumnPage };

/** A list whose rows are in the database. */
export function makeList<Filter, Query, Row, Sort extends string>(
  listed: Listed<Filter, Query, Row, Sort, Transaction>,
): OpenList<Filter, Row, Sort, Transaction> {
  return makeListFrom(read, listed);
}

export function makeListFrom<Filter, Query, Row, Sort extends string, Source>(
  lend: Lend<Source>,
  { rows, orders, keys, shown = (row) => row, resolve, isPass = () => false }: Listed<Filter, Query, Row, Sort, Source>,
): OpenList<Filter, Row, Sort, Source> {
  const placeOf = ({ sort, after }: { sort: Sort; after?: string | undefined }) => ({
    sort,
    after: after === undefined ? null : decodeCursor(orders, sort, after),
  });
  const cursor = (row: Row, sort: Sort) => encodeCursor(orders, sort, keys(row, sort).map(String));
  const pageIn = async (source: Source, filter: Filter, options: PageOptions<Sort>): Promise<ListPage<Row>> => {
    const { sort, limit, withTotal, last } = options;
    const query = await resolve(source, filter);
    const along = { cap: withTotal ? COUNT_CAP + 1 : undefined, last };
    const { rows: found, total } = await rows.page(source, query, placeOf(options), limit + 1, along);
    const end = found[limit - 1];
    const page = found.slice(0, limit).map(shown);
    if (found.length <= limit || end === undefined) return { rows: page, nextCursor: null, total: null };
    return { rows: page, nextCursor: cursor(end, sort), total };
  };
  return {
    cursor,
    pageIn,
    page: (db, filter, options) =>
      lend(
        db,
        (source) => pageIn(source, filter, { ...options, last: true }),
        isPass(filter, options.sort, options.limit) ? PASS : {},
      ),
    stream: (db, filter, place, write) =>
      lend(db, async (source) => handOver(rows.stream(source, await resolve(source, filter), placeOf(place)), write), {
        statementTimeout: 0,
        parallel: isPass(filter, place.sort, null),
      }),
    count: (db, filter) => lend(db, async (source) => rows.count(source, await resolve(source, filter), true), PASS),
    async byColumn(db, filter, by, limit) {
      const { byColumn } = rows;
      // the embedded database knows no order of languages
      if (db.embedded || !byColumn) return null;
      const work = async (source: Source) => byColumn(source, await resolve(source, filter), by, limit, COUNT_CAP + 1);
      const found = await lend(db, work, PASS);
      return found && { ...found, rows: found.rows.map(shown) };
    },
  };
}

export async function handOver(lines: AsyncIterable<string>, write: Write): Promise<void> {
  for await (const line of lines) {
    const pending = write(line);
    if (pending) await pending;
  }
}
