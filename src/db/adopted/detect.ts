import type { RefusedServer, ServerDescription, Span, TimeKind } from '../../model/server.ts';
import type { Database, Transaction } from '../port/database.ts';
import { selectDocument, selectRows } from '../port/sql.ts';
import { momentsOf, spanOf } from './columns.ts';
import { readColumns } from './needs.ts';
import { KNOWN_SERVERS, REFUSED_SERVERS } from './servers/index.ts';

/** A server whose tables are here. */
export interface FoundServer {
  server: ServerDescription;
  /** Null where a database has no schemas. */
  schema: string | null;
  table: string;
  /** What names it. */
  reference: string;
  /** Options that the operator has to give with it. */
  needs: string[];
}

export interface Detected {
  servers: FoundServer[];
  refused: { server: RefusedServer; schema: string | null }[];
  /** The schema `tomo` is here. */
  tomo: boolean;
}

interface Table {
  schema: string | null;
  name: string;
  /** The type of each column. */
  columns: Readonly<Record<string, string>>;
}

/**
 * Whose tables are here, in whatever schema, by the names and types of their columns. Looks only into the catalogue.
 */
export async function detectServers(tx: Transaction, engine: Database['engine']): Promise<Detected> {
  const names = [
    ...KNOWN_SERVERS.map(({ table }) => table),
    ...REFUSED_SERVERS.flatMap(({ signs }) => Object.keys(signs)),
  ];
  const { tables, tomo } = await (engine === 'postgres' ? tablesOfPostgres(tx, names) : tablesOfSqlite(tx, names));
  const refused = refusedAmong(tables);
  const servers = tables
    .filter(
      ({ schema, name }) => !refused.some((one) => one.schema === schema && Object.hasOwn(one.server.signs, name)),
    )
    .flatMap((table) => serverOf(table, engine) ?? []);
  return { servers, refused, tomo };
}

async function tablesOfPostgres(
  tx: Transaction,
  names: readonly string[],
): Promise<{ tables: Table[]; tomo: boolean }> {
  return selectDocument<{ tables: Table[]; tomo: boolean }>(tx)`select json_build_object(
    'tomo', exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'tomo' and c.relname = 'sessions'),
    'tables', coalesce((select json_agg(json_build_object('schema', n.nspname, 'name', c.relname,
        'columns', (select json_object_agg(a.attname, format_type(a.atttypid, null)) from pg_attribute a
          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)) order by n.nspname, c.relname)
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^(pg_|information_schema$|tomo$)'
       and (c.relname = any(${names}::text[]) or c.relname ~* 'session')), '[]'))::text`;
}

async function tablesOfSqlite(tx: Transaction, names: readonly string[]): Promise<{ tables: Table[]; tomo: boolean }> {
  const rows = await selectRows<{ name: string; columns: string }>(tx)`
    select m.name as name, json_group_object(c.name, lower(c.type)) as columns
      from sqlite_master m join pragma_table_info(m.name) c
     where m.type = 'table'
       and (m.name in (select value from json_each(${JSON.stringify(names)})) or m.name like '%session%')
     group by m.name order by m.name`;
  return {
    tables: rows.map(({ name, columns }) => ({ schema: null, name, columns: JSON.parse(columns) })),
    tomo: false,
  };
}

function refusedAmong(tables: readonly Table[]): Detected['refused'] {
  return [...new Set(tables.map(({ schema }) => schema))].flatMap((schema) =>
    REFUSED_SERVERS.filter(({ signs }) =>
      Object.entries(signs).every(([name, columns]) =>
        tables.some((table) => table.schema === schema && table.name === name && hasAll(table, columns)),
      ),
    ).map((server) => ({ server, schema })),
  );
}

function hasAll({ columns }: Table, wanted: Iterable<string>): boolean {
  return [...wanted].every((column) => Object.hasOwn(columns, column));
}

/** The one with the most columns that are there: few columns fit many tables. */
function serverOf(table: Table, engine: Database['engine']): FoundServer | undefined {
  const fitting = KNOWN_SERVERS.filter(({ engines }) => engines.includes(engine))
    // an application may have called it otherwise, but not anything
    .filter((server) => server.table === table.name || (server.options?.['table'] && /session/i.test(table.name)))
    .map((server) => ({ server, columns: columnsOf(server) }))
    .filter(({ columns }) => hasAll(table, columns.keys()))
    .filter(({ columns }) => [...columns].every(([column, kind]) => fits(table.columns[column], kind, engine)))
    .sort((a, b) => b.columns.size - a.columns.size);
  const [best] = fitting;
  return best && isNameable(table) ? found(best.server, best.columns, table, engine) : undefined;
}

/** Every column of the table of sessions that a description names, and how each keeps a time, if it does. */
function columnsOf(server: ServerDescription): Map<string, TimeKind | null> {
  const others = [...(server.secrets ?? []), ...Object.keys(server.revoke.set ?? {})];
  return new Map([...others.map((column) => [column, null] as const), ...readColumns(server)]);
}

const TYPES: Readonly<Record<TimeKind, RegExp>> = {
  timestamptz: /^timestamp/,
  'timestamp-utc': /^timestamp/,
  'timestamp-local': /^timestamp/,
  'epoch-s': /^(integer|bigint|numeric|double precision)$/,
  'epoch-ms': /^(integer|bigint|numeric|double precision)$/,
  'text-iso': /^(text|character varying)$/,
};

/** Columns of SQLite take anything. */
function fits(type: string | undefined, kind: TimeKind | null, engine: Database['engine']): boolean {
  return kind === null || engine === 'sqlite' || TYPES[kind].test(type ?? '');
}

/** A reference has no way to write other names. */
function isNameable({ schema, name }: Table): boolean {
  return !`${schema}${name}`.includes(',');
}

function found(
  server: ServerDescription,
  columns: ReadonlyMap<string, TimeKind | null>,
  { schema, name: table, columns: types }: Table,
  engine: Database['engine'],
): FoundServer {
  const elsewhere = schema !== null && schema !== (server.schema ?? 'public');
  const options = [elsewhere ? `schema=${schema}` : '', table === server.table ? '' : `table=${table}`].filter(Boolean);
  const zoneless = ([column, kind]: [string, TimeKind | null]) =>
    kind !== null && kind !== 'timestamp-utc' && types[column] === 'timestamp without time zone';
  const spans = momentsOf(server).flatMap((moment) => spanOf(moment) ?? []);
  const unnamed = (span: Span) =>
    'option' in span && server.options?.[span.option]?.preset === undefined ? [span.option] : [];
  return {
    server,
    schema,
    table,
    reference: [server.name, options.join(',')].filter(Boolean).join(':'),
    needs: [
      ...new Set(spans.flatMap(unnamed)),
      ...(engine === 'postgres' && [...columns].some(zoneless) ? ['zone'] : []),
    ],
  };
}
