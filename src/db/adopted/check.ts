import type { AdoptedServer, Moment } from '../../model/server.ts';
import type { CheckedColumn, CheckedIndex, CheckedRights, CheckedRows, CheckedTime } from '../../model/server-check.ts';
import type { Database, Transaction } from '../port/database.ts';
import { type Sql, selectJson, selectRow, selectValues, sql } from '../port/sql.ts';
import { type Catalogue, readPostgres, readSqlite } from './catalogue.ts';
import { allRights } from './grants.ts';
import { fittingKind } from './mapped-moments.ts';
import type { Mapping } from './mapping.ts';
import { hasOf, neededColumns, type Right, secretColumns, tablesOf } from './needs.ts';
import { optionsOf } from './options.ts';
import { selectRights } from './rights.ts';

/** Rows that are looked at. */
const LOOKED_AT = 100_000;
/** Times, and names of several users, that are shown. */
const SHOWN = 3;

/** What the catalogue says of the tables of a server. */
export interface SeenTables {
  schema: string | null;
  table: string;
  /** It is here. */
  there: boolean;
  /** About so many; null: it does not say. */
  rows: number | null;
  columns: CheckedColumn[];
  times: Omit<CheckedTime, 'newest'>[];
  rights: CheckedRights | null;
  indexes: CheckedIndex[];
}

export async function seeTables(
  tx: Transaction,
  engine: Database['engine'],
  { description, options: given }: AdoptedServer,
): Promise<SeenTables> {
  const options = optionsOf(description, given);
  const { sessions, users, others } = tablesOf(description, options);
  const schema = options.get('schema') ?? description.schema ?? 'public';
  const names = [sessions, ...(users === null ? [] : [users]), ...others];
  const catalogue = await (engine === 'postgres' ? readPostgres(tx, schema, names) : readSqlite(tx, names));
  const typeOf = (table: string, column: string) => catalogue.tables.get(table)?.columns.get(column) ?? null;
  const columns = neededColumns(description, options).map(({ table, column, says, optional }) => ({
    ...{ table, column, says, optional },
    type: typeOf(table, column),
  }));
  const times = (['created', 'active', 'expires'] as const).flatMap((says) => {
    const moment: Moment | undefined = description[says];
    if (!moment || !('kind' in moment)) return [];
    const type = typeOf(sessions, moment.column);
    const kind = type === null ? null : moment.path ? moment.kind : (fittingKind(type, moment.kind, engine) ?? null);
    return [{ says, column: moment.column, declared: moment.kind, kind, type }];
  });
  return {
    schema: engine === 'postgres' ? schema : null,
    table: sessions,
    there: catalogue.tables.has(sessions),
    rows: catalogue.tables.get(sessions)?.rows ?? null,
    columns,
    times,
    rights: engine === 'postgres' ? await rightsOf(tx, schema, { description, options, catalogue }) : null,
    indexes: indexesOf(catalogue, sessions, columns),
  };
}

async function rightsOf(
  tx: Transaction,
  schema: string,
  {
    description,
    options,
    catalogue,
  }: { description: AdoptedServer['description']; options: ReadonlyMap<string, string>; catalogue: Catalogue },
): Promise<CheckedRights> {
  const has = hasOf(catalogue);
  const { sessions } = tablesOf(description, options);
  const lacking = async (rights: Right[]) => selectRights(tx, schema, rights);
  const viewer = allRights(description, { kind: 'viewer', options }, has);
  const listed = await lacking(viewer);
  const changed = await lacking(allRights(description, { kind: 'operator', options }, has));
  const secrets = secretColumns(description, options).filter((column) => has(sessions, column));
  const hidden = await lacking(secrets.map((column) => ({ table: sessions, column, right: 'SELECT' })));
  const words = (rights: readonly Right[]) =>
    rights.map(({ table, column, right }) => `${right} ${table}${column === null ? '' : `.${column}`}`);
  const toList = [...(listed.schema ? [] : [`USAGE ${schema}`]), ...words(listed.lacking)];
  return {
    role: listed.role,
    lackingToList: toList,
    lackingToRevoke: words(changed.lacking).filter((one) => !toList.includes(one)),
    secrets: secrets.filter((column) => !hidden.lacking.some((right) => right.column === column)),
  };
}

/** Those that lists, look-ups and cleanups would use. */
function indexesOf({ tables }: Catalogue, sessions: string, columns: readonly CheckedColumn[]): CheckedIndex[] {
  const indexed = tables.get(sessions)?.indexed;
  const own = (...says: string[]) =>
    says.flatMap((one) => columns.find((c) => c.table === sessions && c.says === one && c.type !== null) ?? [])[0];
  const uses = {
    list: own('active', 'expires', 'created'),
    user: own('user'),
    cleanup: own('expires', 'active'),
    id: own('key'),
  };
  return Object.entries(uses).flatMap(([use, column]) =>
    // inside of JSON no index of a column helps
    column && !/^json/.test(column.type ?? '')
      ? [{ use: use as CheckedIndex['use'], column: column.column, there: indexed?.has(column.column) === true }]
      : [],
  );
}

/** The latest values of each time, and the moment that is now. */
export async function seeTimes(
  tx: Transaction,
  mapping: Mapping,
): Promise<{ now: string; newest: Record<string, string[]> }> {
  const { dialect, table, only } = mapping;
  const iso = (value: Sql) => dialect.json({ at: dialect.iso(value) });
  const newest: Record<string, string[]> = {};
  for (const says of ['created', 'active', 'expires'] as const) {
    const moment = mapping[says];
    if (!moment) continue;
    const rows = await selectJson<{ at: string }>(tx)`select ${iso(moment.value)} from ${table} s
      where ${only} and ${moment.value} is not null order by ${moment.value} desc limit ${SHOWN}`;
    newest[says] = rows.map(({ at }) => at);
  }
  const [now] = await selectJson<{ at: string }>(tx)`select ${iso(dialect.now)}`;
  return { now: now?.at ?? '', newest };
}

export async function seeRows(tx: Transaction, { user, users, table, only }: Mapping): Promise<CheckedRows> {
  const whose = user && !user.decoded ? user.value : null;
  const counted = await selectRow<{ sessions: number | bigint; known: number | bigint }>(tx)`
    select count(*) as sessions, count(x.whose) as known from (
      select ${whose ?? sql`null`} as whose from ${table} s where ${only} limit ${LOOKED_AT}) x`;
  const sessions = Number(counted.sessions);
  const rows = {
    sessions,
    all: sessions < LOOKED_AT,
    ofNobody: whose ? sessions - Number(counted.known) : null,
  };
  if (!users) return { ...rows, unnamed: null, shared: null };
  const name = sql`coalesce(${sql.join([...users.names, sql`null`], ', ')})`;
  const some = sql`select ${name} as name from ${users.table} u limit ${LOOKED_AT}`;
  const unnamed = await selectRow<{ n: number | bigint }>(
    tx,
  )`select count(*) as n from (${some}) x where x.name is null`;
  const shared = await selectValues<string>(tx)`select x.name as name from (${some}) x where x.name is not null
    group by x.name having count(*) > 1 order by count(*) desc, x.name limit ${SHOWN}`;
  return { ...rows, unnamed: Number(unnamed.n), shared };
}
