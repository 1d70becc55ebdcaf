import type { Session, SessionFilter, SessionSort, SessionState } from '../../model/session.ts';
import type { Start } from '../list/start.ts';
import type { Transaction } from '../port/database.ts';
import { type Sql, selectRow, selectValue, selectValues, sql, streamJson } from '../port/sql.ts';
import { type Selected, selectedBy } from './conditions.ts';
import { decodeDjangoSession } from './django-session.ts';
import type { MappedMoment, Mapping } from './mapping.ts';
import { parseUserAgent } from './user-agent.ts';
import { namesOf } from './users.ts';

/** A row as the database hands it over. */
interface Row {
  id: string;
  user: string | null;
  payload?: string;
  created: string | null;
  active: string | null;
  expires: string | null;
  ended: string | null;
  by: string | null;
  ip: string | null;
  agent: string | null;
  state: SessionState;
  sort: string | null;
}

/** Rows whose users are looked up together. */
const TOGETHER = 500;

/** Fields that the server does not keep. */
export function unknownFields(mapping: Mapping): string[] {
  const { created, active, expires, ip, agent, user, ended } = mapping;
  const never = ['deviceId', 'deviceLabel', 'screen', 'timeZone', 'loginMethod', 'rememberMe', 'revocationId'];
  const places = ['country', 'region', 'city', 'isp', 'latitude', 'longitude', 'locationCheck'];
  const device = agent ? [] : ['device', 'browser', 'os', 'formFactor', 'userAgent'];
  return [
    ...(user ? [] : ['username', 'userId']),
    ...(created ? [] : ['createdAt']),
    ...(active ? [] : ['lastActivityAt']),
    ...(expires ? [] : ['expiresAt']),
    ...(ended ? [] : ['endedBy']),
    ...(ip ? [] : ['ip']),
    ...device,
    ...never,
    ...places,
  ];
}

/** What a list is in order of: the moment that is asked for, or the nearest that is known. */
function orderOf({ created, active, expires }: Mapping, sort: SessionSort): MappedMoment | null {
  return sort === 'login' ? (created ?? expires ?? active) : (active ?? expires ?? created);
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
    ip: ip ? dialect.text(ip.value) : sql`null`,
    agent: agent ?? sql`null`,
    state: sql`case ${ended ? sql`when ${ended.when} then ${sql.raw(`'${ended.how}'`)}` : sql``} ${over ?? sql``}
      when ${live} then 'active' else 'ended' end`,
    sort: order ? dialect.place(order.sorted) : sql`null`,
  });
}

function inOrder(mapping: Mapping, { sort, after }: Start<SessionSort>, where: Sql, limit: number | null): Sql {
  const { table, dialect, id } = mapping;
  const order = orderOf(mapping, sort);
  // as an index has them, read forwards or backwards
  const direction = sort === 'idle' ? sql`asc nulls last` : sql`desc nulls first`;
  const limited = limit === null ? sql`` : sql`limit ${limit}`;
  if (!order) {
    const behind = after ? sql` and ${id} > ${after[1]}` : sql``;
    return sql`select ${document(mapping, null)} as json from ${table} s where ${where}${behind} order by ${id} ${limited}`;
  }
  const behind = after && behindRow(mapping, order, sort, after);
  return sql`select ${document(mapping, order)} as json from ${table} s
    where ${sql.and(where, behind)} order by ${order.order} ${direction}, ${id} ${limited}`;
  function behindRow(of: Mapping, by: MappedMoment, how: SessionSort, [at = '', last = '']: readonly string[]): Sql {
    const moment = dialect.moment(at);
    if (how === 'idle') {
      if (at === 'null') return sql`${by.order} is null and ${of.id} > ${last}`;
      return sql`(${by.sortedIs('>=', moment)} and (${by.sortedIs('>', moment)} or ${of.id} > ${last}) or ${by.order} is null)`;
    }
    if (at === 'null') return sql`(${by.order} is not null or ${of.id} > ${last})`;
    return sql`(${by.sortedIs('<=', moment)} and (${by.sortedIs('<', moment)} or ${of.id} > ${last}))`;
  }
}

/** The rows that a filter selects, told as sessions. */
export async function* sessionsOf(
  tx: Transaction,
  mapping: Mapping,
  filter: SessionFilter,
  start: Start<SessionSort>,
  limit: number | null,
): AsyncGenerator<Session> {
  const selected = await selectedBy(tx, mapping, filter);
  let left = limit ?? Number.POSITIVE_INFINITY;
  if (limit !== null && !selected.decoded) {
    const rows = await selectValues<string>(tx)`${inOrder(mapping, start, selected.where, limit)}`;
    yield* await told(
      tx,
      mapping,
      rows.map((row) => JSON.parse(row)),
      selected,
    );
    return;
  }
  const rows = [];
  for await (const line of streamJson(tx)`${inOrder(mapping, start, selected.where, null)}`) {
    const row = JSON.parse(line) as Row;
    const mine = own(row, selected);
    if (mine) rows.push(mine);
    if (rows.length >= left) break;
  }
  for (let i = 0; i < rows.length; i += TOGETHER) yield* await told(tx, mapping, rows.slice(i, i + TOGETHER), selected);
  left = 0;
}

function own(row: Row, { decoded }: Selected): Row | undefined {
  const known = decodedRow(row);
  return decoded === null || (known.user !== null && decoded.has(known.user)) ? known : undefined;
}

function decodedRow({ payload, ...row }: Row): Row {
  if (payload === undefined) return row;
  const user = decodeDjangoSession(payload);
  return { ...row, user: user === 'unreadable' ? null : user };
}

async function told(tx: Transaction, mapping: Mapping, given: Row[], _selected: Selected): Promise<Session[]> {
  const rows = given.map(decodedRow);
  const names = await namesOf(tx, mapping, [...new Set(rows.flatMap(({ user }) => user ?? []))]);
  const unknown = unknownFields(mapping);
  return rows.map((row) => session(row, names, unknown));
}

function session(row: Row, names: ReadonlyMap<string, string>, unknown: readonly string[]): Session {
  const { browser, os, formFactor } = row.agent
    ? parseUserAgent(row.agent)
    : { browser: null, os: null, formFactor: null };
  const live = row.state === 'active';
  return {
    id: row.id,
    username: row.user === null ? null : (names.get(row.user) ?? row.user),
    userId: row.user,
    state: row.state,
    device: [browser, os].filter(Boolean).join(' on ') || null,
    browser,
    os,
    formFactor,
    userAgent: row.agent,
    deviceId: null,
    deviceLabel: null,
    screen: null,
    timeZone: null,
    ip: row.ip?.replace(/\/(32|128)$/, '') || null,
    loginMethod: null,
    rememberMe: null,
    createdAt: row.created,
    lastActivityAt: row.active,
    expiresAt: live ? row.expires : null,
    endedAt: live ? null : row.state === 'expired' ? row.expires : row.ended,
    endReason: row.state === 'expired' ? 'expired' : row.state === 'revoked' ? 'revoked' : null,
    endedBy: row.by,
    revocationId: null,
    country: null,
    region: null,
    city: null,
    isp: null,
    latitude: null,
    longitude: null,
    locationCheck: null,
    unknownFields: unknown,
    sortKey: row.sort ?? 'null',
  };
}

/** How many, of how many users. */
export async function countRows(tx: Transaction, mapping: Mapping, filter: SessionFilter) {
  const selected = await selectedBy(tx, mapping, filter);
  const { user, table } = mapping;
  if (user?.decoded) {
    const users = new Set<string | null>();
    let sessions = 0;
    for await (const line of streamJson(
      tx,
    )`select ${mapping.dialect.json({ payload: user.decoded })} as json from ${table} s where ${selected.where}`) {
      const { user: of } = decodedRow({ ...JSON.parse(line) });
      if (selected.decoded && !(of !== null && selected.decoded.has(of))) continue;
      sessions += 1;
      users.add(of);
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
  if (selected.decoded) return Math.min(cap, (await countRows(tx, mapping, filter)).sessions);
  return Number(
    await selectValue<number | bigint>(tx)`
    select count(*) from (select 1 as x from ${mapping.table} s where ${selected.where} limit ${cap}) x`,
  );
}

/** Rows by a condition of their ids. */
export async function sessionsWhere(
  tx: Transaction,
  mapping: Mapping,
  where: Sql,
  limit: number | null,
): Promise<Session[]> {
  const rows = await selectValues<string>(
    tx,
  )`${inOrder(mapping, { sort: 'login', after: null }, sql.and(mapping.only, where), limit)}`;
  const sessions = await told(
    tx,
    mapping,
    rows.map((row) => JSON.parse(row)),
    { where, decoded: null },
  );
  return sessions.map(({ sortKey: _, ...rest }) => rest);
}
