import type { Transaction } from '../port/database.ts';
import { selectDocument, selectRows } from '../port/sql.ts';

/** What a database says of a table. */
export interface Table {
  /** The type of each column, as the database names it. */
  columns: ReadonlyMap<string, string>;
  /** Columns that an index of all rows begins with, in order. */
  indexed: ReadonlySet<string>;
  /** Columns that are never null. */
  required: ReadonlySet<string>;
  /** Its rows are found again by where they lie; those of a view lie elsewhere. */
  located: boolean;
  /** About so many; null: it does not say. */
  rows: number | null;
}

export interface Catalogue {
  tables: ReadonlyMap<string, Table>;
  /** The time zone that connections of this role have by themselves. */
  zone: string;
  /** The schema `tomo` is here as well. */
  tomo: boolean;
}

interface Found {
  name: string;
  columns: Record<string, string>;
  indexed: string[];
  required: string[];
  located: boolean;
  rows: number | null;
}

/** Of these tables those that there are. */
export async function readPostgres(tx: Transaction, schema: string, tables: readonly string[]): Promise<Catalogue> {
  const found = await selectDocument<{ tables: Found[] | null; zone: string; tomo: boolean }>(
    tx,
  )`select json_build_object(
    'zone', (select reset_val from pg_settings where name = 'TimeZone'),
    'tomo', exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'tomo' and c.relname = 'audit_log'),
    'tables', (select json_agg(json_build_object('name', c.relname, 'located', c.relkind in ('r', 'p'),
      'rows', case when c.reltuples >= 0 then c.reltuples end,
      'columns', (select json_object_agg(a.attname, format_type(coalesce(nullif(t.typbasetype, 0), t.oid), null)) from pg_attribute a join pg_type t on t.oid = a.atttypid
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
      'indexed', array(select distinct a.attname from pg_index i join pg_attribute a
         on a.attrelid = c.oid and a.attnum = i.indkey[0] join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
        where i.indrelid = c.oid and i.indisvalid and i.indpred is null and m.amname = 'btree'),
      'required', array(select a.attname from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and a.attnotnull)))
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = ${schema}::text and c.relname = any(${tables}::text[]) and c.relkind in ('r', 'p', 'v', 'f')))::text as json`;
  return { zone: found.zone, tomo: found.tomo, tables: byName(found.tables ?? []) };
}

/** SQLite's 0 and 1. */
type Flag = number | bigint;

export async function readSqlite(tx: Transaction, tables: readonly string[]): Promise<Catalogue> {
  const rows = await selectRows<{
    name: string;
    column: string;
    type: string;
    indexed: Flag;
    required: Flag;
    located: Flag;
  }>(tx)`
    select m.name as name, (select l.type = 'table' and not l.wr from pragma_table_list(m.name) l where l.schema = 'main') as located, c.name as "column", lower(c.type) as type, c.pk = 1 or exists (
        select 1 from pragma_index_list(m.name) l join pragma_index_info(l.name) i where i.seqno = 0 and i.name = c.name and not l.partial
      ) as indexed, c."notnull" as required
      from sqlite_master m join pragma_table_info(m.name) c
     where m.type in ('table', 'view') and m.name in (select value from json_each(${JSON.stringify(tables)}))`;
  const found = new Map<string, Found>();
  for (const { name, column, type, indexed, required, located } of rows) {
    const none = { columns: {}, indexed: [], required: [], rows: null };
    const table: Found = found.get(name) ?? { name, ...none, located: Number(located) === 1 };
    table.columns[column] = type;
    if (Number(indexed) === 1) table.indexed.push(column);
    if (Number(required) === 1) table.required.push(column);
    found.set(name, table);
  }
  return { zone: 'UTC', tomo: false, tables: byName([...found.values()]) };
}

function byName(found: readonly Found[]): Map<string, Table> {
  return new Map(
    found.map(({ name, columns, indexed, required, ...of }) => [
      name,
      { ...of, columns: new Map(Object.entries(columns)), indexed: new Set(indexed), required: new Set(required) },
    ]),
  );
}
