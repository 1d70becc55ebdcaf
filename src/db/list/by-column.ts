import type { Transaction } from '../port/database.ts';
import { type Sql, selectRows, selectValue, sql } from '../port/sql.ts';
import type { ByColumn, ColumnPage, RowKey, SelectByColumn } from './row-source.ts';

/** What rows are sorted by, and what it is taken from. */
export interface Key {
  type: 'text' | 'timestamptz' | 'boolean' | 'bigint' | 'numeric' | 'inet';
  key: Sql;
  /** What has to be joined for it. */
  from: Sql;
  /** Every row has one: then an index of it has the order. */
  always?: boolean;
  /** It is the same in every row: they come in order of what tells them apart. */
  constant?: boolean;
  /**
   * The only values that there are, and that a row has that one: each is then found in order of what tells rows apart.
   */
  values?: readonly { value: Sql; has: Sql }[];
}

/** What a column is sorted by. */
export type Keys = Readonly<Record<string, Key>>;

/** In the order in which people sort text; an empty one is none. */
export function textKey(value: Sql, from = sql``): Key {
  return { type: 'text', key: sql`nullif(${value}, '') collate tomo.natural`, from };
}

/** IPv4 before IPv6, each by its number. */
export function addressKey(key: Sql): Key {
  return { type: 'inet', key, from: sql`` };
}

export function timeKey(key: Sql): Key {
  return { type: 'timestamptz', key, from: sql`` };
}

export function booleanKey(key: Sql): Key {
  return { type: 'boolean', key: sql`(${key})`, from: sql`` };
}

/** A part for each value of its key, where only those are possible. */
export function partsByValue(part: Part): Part[] {
  const { by, from, where } = part;
  const { values, ...key } = by;
  const partOf = (value: Sql, has: Sql) => ({ by: constant({ ...key, key: value }), from, where: sql.and(where, has) });
  return values?.map(({ value, has }) => partOf(value, has)) ?? [part];
}

export function numberKey(key: Sql, from = sql``): Key {
  return { type: 'bigint', key, from };
}

/** A key that is the same in every row. */
export function constant(key: Key): Key {
  return { ...key, constant: true };
}

/** A key that no row is without. */
export function always(key: Key): Key {
  return { ...key, always: true };
}

/** The columns that tell rows apart, and their types: rows with the same key come in order of these. */
export type Tie = readonly { column: Sql; type: 'uuid' | 'bigint' | 'timestamptz' | 'tid' }[];

/** Between the texts of several columns of a tie. */
const BETWEEN = '|';

/** Rows that are put in order: what they are taken from, to which the key joins what it needs, and which. */
export interface Part {
  by: Key;
  from: Sql;
  where: Sql;
}

/** The first ones behind a place, in order: ties and keys alone, which is all that is sorted. */
export function selectKeys(
  tx: Transaction,
  { by, from, where }: Part,
  tie: Tie,
  { rising, after }: Pick<ByColumn, 'rising' | 'after'>,
  limit: number,
): Promise<RowKey[]> {
  const columns = tie.map(({ column }) => column);
  const names = tie.map((_, i) => sql.raw(`tie_${i}`));
  const named = columns.map((column, i) => sql`${column} as ${names[i]}`);
  const direction = sql.raw(rising ? 'asc' : 'desc');
  // texts are made of the few that come out
  return selectRows<RowKey>(tx)`
    select concat_ws(${BETWEEN}::text, ${sql.join(
      names.map((name) => sql`k.${name}::text`),
      ', ',
    )}) as id, ${asText(by.type)} as key
      from (select ${sql.join(named, ', ')}, ${by.key} as key from ${from} ${by.from}
             where ${sql.and(where, after && beyond(by, tie, rising, after))}
             order by key ${direction} ${sql.raw(by.always ? '' : 'nulls last')}, ${sql.join(names, ', ')}
             limit ${limit}::bigint) k
     order by k.key ${direction} nulls last, ${sql.join(
       names.map((name) => sql`k.${name}`),
       ', ',
     )}`;
}

/** Of what was found in parts that have none in common the first ones; with one column to tell rows apart. */
export async function mergeKeys(
  tx: Transaction,
  parts: readonly RowKey[][],
  { type }: Key,
  [{ type: ofId }]: readonly [Tie[0]],
  rising: boolean,
  limit: number,
): Promise<RowKey[]> {
  const keys = parts.flat();
  if (parts.filter(({ length }) => length > 0).length <= 1) return keys;
  const key = type === 'text' ? sql`k.key collate tomo.natural` : sql`k.key::${sql.raw(type)}`;
  return selectRows<RowKey>(tx)`
    select k.id, k.key from unnest(${keys.map(({ id }) => id)}::text[], ${keys.map((one) => one.key)}::text[]) k(id, key)
     order by ${key} ${sql.raw(rising ? 'asc' : 'desc')} nulls last, k.id::${sql.raw(ofId)} limit ${limit}::bigint`;
}

/** As a program reads it that sorts by it, too. */
function asText(type: Key['type']): Sql {
  if (type === 'timestamptz') return sql`to_json(k.key) #>> '{}'`;
  return type === 'boolean' ? sql`k.key::int::text` : sql`k.key::text`;
}

/** That a row stands behind a place; what is not known comes last. */
function beyond({ key, type, always: never }: Key, tie: Tie, rising: boolean, after: RowKey): Sql {
  const texts = after.id.split(BETWEEN);
  const at = tie.map((one, i) => sql`${texts[i] ?? ''}::${sql.raw(one.type)}`);
  const columns = tie.map(({ column }) => column);
  const later = sql`(${sql.join(columns, ', ')}) > (${sql.join(at, ', ')})`;
  if (after.key === null) return sql`${key} is null and ${later}`;
  const from = sql`${after.key}::${sql.raw(type)}`;
  const past = sql.raw(rising ? '>' : '<');
  // so that an index is read from there on, and most are compared once
  const known = sql`${key} ${past}= ${from} and (${key} ${past} ${from} or ${later})`;
  return never ? known : sql`(${known} or ${key} is null)`;
}

/**
 * Rows of the database in order of any of the columns that have a key. `read`: those with these ties, in any order.
 */
export function rowsByColumn<Query, Row>(given: {
  /** What a column is sorted by. */
  keyOf: (column: string, query: Query) => Key | undefined;
  tie: Tie;
  /** `from` what, and which of it. */
  from: (query: Query) => Sql;
  where: (query: Query) => Sql;
  read: (tx: Transaction, ties: string[]) => Promise<Row[]>;
  tieOf: (row: Row) => string;
}): SelectByColumn<Query, Row, Transaction> {
  const { keyOf, tie, from, where, read, tieOf } = given;
  return async (tx, query, { column, ...place }, limit, cap) => {
    const by = keyOf(column, query);
    if (!by) return null;
    const rows = { from: from(query), where: where(query) };
    // in one pass, by hash; where it fails, so does the page
    tx.script(`set local work_mem = '64MB'`).catch(() => {});
    const found = await selectKeys(tx, { by, ...rows }, tie, place, limit);
    tx.last();
    return pageOfKeys(found, limit, {
      read: (ties) => read(tx, ties),
      tieOf,
      count: () =>
        selectValue<number>(
          tx,
        )`select count(*)::int from (select from ${rows.from} where ${rows.where} limit ${cap}::bigint) x`,
    });
  };
}

/** The rows of such keys, in their order; counted where the page is full. */
export async function pageOfKeys<Row>(
  keys: RowKey[],
  limit: number,
  of: { read: (ties: string[]) => Promise<Row[]>; tieOf: (row: Row) => string; count: () => Promise<number> },
): Promise<ColumnPage<Row>> {
  const [found, total] = await Promise.all([
    of.read(keys.map(({ id }) => id)),
    keys.length === limit ? of.count() : null,
  ]);
  const rows = new Map(found.map((row) => [of.tieOf(row), row]));
  return { rows: keys.flatMap(({ id }) => rows.get(id) ?? []), keys, total };
}
