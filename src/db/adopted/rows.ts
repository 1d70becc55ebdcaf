import type { Session, SessionFilter, SessionSort } from '../../model/session.ts';
import { type Along, type Page, pageOf } from '../list/row-source.ts';
import type { Start } from '../list/start.ts';
import type { Transaction } from '../port/database.ts';
import { type Sql, selectRow, selectValue, selectValues, sql, streamJson } from '../port/sql.ts';
import { type Selected, selectedBy } from './conditions.ts';
import { name } from './dialect.ts';
import { inGroups } from './groups.ts';
import type { MappedMoment } from './mapped-moments.ts';
import type { Mapping } from './mapping.ts';
import { type Row, rowOf, told } from './row.ts';

/** What a list is in order of: the moment that is asked for, or the nearest that is known. */
function orderOf({ created, active, expires }: Mapping, sort: SessionSort): MappedMoment | null {
  return sort === 'login' ? (created ?? expires ?? active) : (active ?? expires ?? created);
}

/** Rows from which on whoever waits for a page without an index wants to know why. */
const MANY = 100_000;

/** The index that would make this order quick, as SQL, where a large table has none. */
export function missingIndex(mapping: Mapping, sort: SessionSort): string | null {
  const order = orderOf(mapping, sort);
  if (!order?.unindexed || (mapping.rows ?? 0) <= MANY) return null;
  return sql`create index concurrently on ${mapping.table} (${name(order.column)} desc)`.text;
}

function document(mapping: Mapping, order: MappedMoment | null): Sql {
  const { dialect, created, active, expires, ended, ip, agent, user, live, id } = mapping;
  const iso = (moment: { value: Sql } | null | undefined) => (moment ? dialect.iso(moment.value) : sql`null`);
  const over = expires && sql`when ${expires.is('<=', dialect.now)} then 'expired'`;
  return dialect.json({
    id,
    user: user && !user.decoded ? dialect.text(user.value) : sql`null`,
    ...(user?.decoded ? { payload: user.decoded } : {}),
    created: iso(created),
    active: iso(active),
    expires: iso(expires),
    ended: iso(ended?.at),
    by: ended?.by ?? sql`null`,
    ip: ip?.text ?? sql`null`,
    agent: agent ?? sql`null`,
    state: sql`case ${ended ? sql`when ${ended.when} then ${sql.raw(`'${ended.how}'`)}` : sql``} ${over ?? sql``}
      when ${live} then 'active' else 'ended' end`,
    sort: order ? order.place : sql`null`,
  });
}

function inOrder(
  mapping: Mapping,
  { sort, after }: Start<SessionSort>,
  { where, sifted }: Pick<Selected, 'where' | 'sifted'>,
  limit: number | null,
): Sql {
  const { table, id } = mapping;
  const order = orderOf(mapping, sort);
  // as an index has them, read forwards or backwards
  const direction = sort === 'idle' ? sql`asc nulls last` : sql`desc nulls first`;
  // few rows of many, as of a user inside of JSON: to go by the index of this order would read all rows, one by one
  const by = order && (sifted ? sql`coalesce(${order.order}, ${order.order})` : order.order);
  const place = by ? sql`${by} ${direction}, ${id}` : id;
  const limited = limit === null ? sql`` : sql`limit ${limit}`;
  return sql`select ${document(mapping, order)} as json from ${table} s
    where ${sql.and(where, after && behindRow(mapping, order, sort, after))} order by ${place} ${limited}`;
}

/**
 * Rows behind the one with these keys. A column that is never null is not asked whether it is: an index
 * could not answer that.
 */
function behindRow(
  { id }: Mapping,
  order: MappedMoment | null,
  sort: SessionSort,
  [at = '', last = '']: readonly string[],
): Sql {
  const further = sql`${id} > ${last}`;
  if (!order) return further;
  if (at === 'null') {
    return sort === 'idle'
      ? sql`${order.order} is null and ${further}`
      : sql`(${order.order} is not null or ${further})`;
  }
  const [from, past] = sort === 'idle' ? (['>=', '>'] as const) : (['<=', '<'] as const);
  const behind = sql`${order.isPlaced(from, at)} and (${order.isPlaced(past, at)} or ${further})`;
  return sort === 'idle' && order.nullable ? sql`(${behind} or ${order.order} is null)` : sql`(${behind})`;
}

/** Whoever looks at every row of a large table to find a few may use as many processes as the server lets anybody. */
function allowWorkers(tx: Transaction, { rows, dialect }: Mapping, sifted: boolean): void {
  if (!sifted || (rows ?? 0) <= MANY || !dialect.cursors) return;
  // where it fails, so does what is asked after it
  tx.script('set local max_parallel_workers_per_gather to default').catch(() => {});
}

/** The first sessions behind a place. */
export async function pageOfSessions(
  tx: Transaction,
  mapping: Mapping,
  filter: SessionFilter,
  start: Start<SessionSort>,
  limit: number,
  along: Along = {},
): Promise<Page<Session>> {
  const selected = await selectedBy(tx, mapping, filter);
  if (selected.isTheirs) {
    const sessions: Session[] = [];
    for await (const session of inParts(tx, mapping, selected, start, limit)) sessions.push(session);
    return pageOf(sessions, limit, along, (cap) => countRowsTo(tx, mapping, filter, cap));
  }
  allowWorkers(tx, mapping, selected.sifted);
  const rows = await selectValues<string>(tx)`${inOrder(mapping, start, selected, limit)}`;
  const counted = along.cap !== undefined && rows.length === limit;
  if (along.last) tx.last();
  const sessions = told(tx, mapping, rows.map(rowOf), new Map());
  const total = counted ? countTo(tx, mapping, selected.where, along.cap ?? 0) : null;
  total?.catch(() => {});
  return { rows: await sessions, total };
}

/** All the rows that a filter selects, told as sessions; however many they are, a few are held at a time. */
export async function* sessionsOf(
  tx: Transaction,
  mapping: Mapping,
  filter: SessionFilter,
  start: Start<SessionSort>,
): AsyncGenerator<Session> {
  yield* inParts(tx, mapping, await selectedBy(tx, mapping, filter), start, null);
}

async function* inParts(
  tx: Transaction,
  mapping: Mapping,
  selected: Selected,
  start: Start<SessionSort>,
  limit: number | null,
): AsyncGenerator<Session> {
  const names = new Map<string, string>();
  let left = limit ?? Number.POSITIVE_INFINITY;
  const select = inOrder(mapping, start, selected, null);
  for await (const group of inGroups(tx, mapping, select, { all: limit === null })) {
    const mine = group
      .map(rowOf)
      .filter((row) => isOf(row, selected))
      .slice(0, left);
    yield* await told(tx, mapping, mine, names);
    left -= mine.length;
    if (left === 0) return;
  }
}

function isOf({ user }: Row, { isTheirs }: Selected): boolean {
  return isTheirs?.(user) ?? true;
}

/** How many, of how many users. */
export async function countRows(tx: Transaction, mapping: Mapping, filter: SessionFilter) {
  const selected = await selectedBy(tx, mapping, filter);
  const { user, table, dialect } = mapping;
  if (user?.decoded) {
    const users = new Set<string>();
    let sessions = 0;
    const payload = dialect.json({ payload: user.decoded });
    for await (const line of streamJson(tx)`select ${payload} as json from ${table} s where ${selected.where}`) {
      const row = rowOf(line);
      if (!isOf(row, selected)) continue;
      sessions += 1;
      if (row.user !== null) users.add(row.user);
    }
    return { sessions, users: users.size };
  }
  const whose = user ? user.value : sql`null`;
  const row = await selectRow<{ sessions: number | bigint; users: number | bigint }>(tx)`
    select count(*) as sessions, count(distinct ${whose}) as users from ${table} s where ${selected.where}`;
  return { sessions: Number(row.sessions), users: Number(row.users) };
}

export async function countRowsTo(
  tx: Transaction,
  mapping: Mapping,
  filter: SessionFilter,
  cap: number,
): Promise<number> {
  const selected = await selectedBy(tx, mapping, filter);
  if (selected.isTheirs) return Math.min(cap, (await countRows(tx, mapping, filter)).sessions);
  return countTo(tx, mapping, selected.where, cap);
}

async function countTo(tx: Transaction, { table }: Mapping, where: Sql, cap: number): Promise<number> {
  return Number(
    await selectValue<number | bigint>(tx)`
    select count(*) from (select 1 as x from ${table} s where ${where} limit ${cap}) x`,
  );
}

/** Rows by a condition of their ids. */
export async function sessionsWhere(
  tx: Transaction,
  mapping: Mapping,
  where: Sql,
  limit: number | null,
): Promise<Session[]> {
  allowWorkers(tx, mapping, mapping.key.secret);
  const rows = await selectValues<string>(
    tx,
  )`${inOrder(mapping, { sort: 'login', after: null }, { where: sql.and(mapping.only, where), sifted: mapping.key.secret }, limit)}`;
  const sessions = await told(tx, mapping, rows.map(rowOf), new Map());
  return sessions.map(({ sortKey: _, ...rest }) => rest);
}
