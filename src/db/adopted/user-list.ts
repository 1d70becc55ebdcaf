import { invalidField } from '../../model/errors.ts';
import type { User, UserFilter, UserSort } from '../../model/user.ts';
import { type Along, type Page, pageOf } from '../list/row-source.ts';
import type { Start } from '../list/start.ts';
import type { Transaction } from '../port/database.ts';
import { type Sql, selectValue, selectValues, sql, streamJson } from '../port/sql.ts';
import { decodeDjangoSession } from './django-session.ts';
import { isOneOf } from './keys.ts';
import type { Mapping } from './mapping.ts';

/** A user as the database hands it over. */
interface Row {
  id: string;
  name: string;
  active: unknown;
  live: number;
  seen: string | null;
  login: string | null;
}

/** Users `u` with their sessions `l`, or where nothing but sessions says who there is, those alone. */
interface Source {
  from: Sql;
  id: Sql;
  name: Sql;
  /** All that a user is called. */
  names: readonly Sql[];
}

/** The first users behind a place. */
export async function userPage(
  tx: Transaction,
  mapping: Mapping,
  filter: UserFilter,
  start: Start<UserSort>,
  limit: number,
  along?: Along,
): Promise<Page<User>> {
  refuseUnknown(mapping, filter, start.sort);
  const few = await idsOfPage(tx, mapping, filter, start, limit);
  const source = await withSessions(tx, mapping, few);
  const rows = await selectValues<string>(tx)`${listed(mapping, source, filter, start, limit)}`;
  const users = rows.map((row) => user(mapping, JSON.parse(row)));
  return pageOf(users, limit, along, (cap) => countUsers(tx, mapping, filter, cap));
}

/** All of them, as JSON text. */
export async function* userStream(
  tx: Transaction,
  mapping: Mapping,
  filter: UserFilter,
  start: Start<UserSort>,
): AsyncGenerator<string> {
  refuseUnknown(mapping, filter, start.sort);
  const source = await withSessions(tx, mapping, null);
  for await (const row of streamJson(tx)`${listed(mapping, source, filter, start, null)}`) {
    yield JSON.stringify(user(mapping, JSON.parse(row)));
  }
}

export async function countUsers(tx: Transaction, mapping: Mapping, filter: UserFilter, cap: number | null) {
  refuseUnknown(mapping, filter, 'name');
  const source = mapping.users && !filter.withSessions ? alone(mapping) : await withSessions(tx, mapping, null);
  const limited = cap === null ? sql`` : sql`limit ${cap}`;
  return Number(
    await selectValue<number | bigint>(tx)`select count(*) from (
      select 1 as x from ${source.from} where ${matching(mapping, source, filter)} ${limited}) x`,
  );
}

export async function userById(tx: Transaction, mapping: Mapping, id: string): Promise<User> {
  const source = await withSessions(tx, mapping, [id]);
  const { dialect } = mapping;
  const [row] = await selectValues<string>(tx)`
    select ${document(mapping, source)} from ${source.from} where ${dialect.isOneOf(source.id, [id], 'text')}`;
  if (row !== undefined) return user(mapping, JSON.parse(row));
  // whoever is gone from the table of users may have sessions still
  return mapping.users ? userById(tx, { ...mapping, users: null, mayLogIn: null }, id) : user(mapping, nobodyYet(id));
}

/** Somebody who is named, and has no session. */
const nobodyYet = (id: string): Row => ({ id, name: id, active: null, live: 0, seen: null, login: null });

/** Where the page is known before any session is counted: whose sessions to count. */
async function idsOfPage(
  tx: Transaction,
  mapping: Mapping,
  filter: UserFilter,
  start: Start<UserSort>,
  limit: number,
): Promise<string[] | null> {
  if (!mapping.users || mapping.user?.decoded || start.sort !== 'name' || filter.withSessions) return null;
  const source = alone(mapping);
  return selectValues<string>(tx)`
    select ${source.id} as id from ${source.from}
     where ${sql.and(matching(mapping, source, filter), behind(mapping, source, start))}
     order by lower(${source.name}), 1 limit ${limit}`;
}

function listed(
  mapping: Mapping,
  source: Source,
  filter: UserFilter,
  start: Start<UserSort>,
  limit: number | null,
): Sql {
  const first = { name: sql``, sessions: sql`coalesce(l.live, 0) desc,`, seen: sql`l.seen desc nulls last,` }[
    start.sort
  ];
  return sql`select ${document(mapping, source)} as json from ${source.from}
    where ${sql.and(matching(mapping, source, filter), behind(mapping, source, start))}
    order by ${first} lower(${source.name}), ${source.id} ${limit === null ? sql`` : sql`limit ${limit}`}`;
}

function document({ dialect, mayLogIn }: Mapping, { id, name }: Source): Sql {
  return dialect.json({
    id,
    name,
    active: mayLogIn ? sql`coalesce(${mayLogIn}, ${dialect.boolean(false)})` : sql`null`,
    live: sql`coalesce(l.live, 0)`,
    seen: dialect.iso(sql`l.seen`),
    login: dialect.iso(sql`l.login`),
  });
}

function alone({ users, dialect }: Mapping): Source {
  if (!users) throw new Error('there is no table of users');
  const id = dialect.text(users.key);
  return {
    from: sql`${users.table} u`,
    id,
    name: sql`coalesce(${sql.join([...users.names, id], ', ')})`,
    names: users.names,
  };
}

/** `ids`: of these users alone. */
async function withSessions(tx: Transaction, mapping: Mapping, ids: readonly string[] | null): Promise<Source> {
  const tallies = sql`(${await talliesOf(tx, mapping, ids)}) l`;
  if (!mapping.users) return { from: tallies, id: sql`l.id`, name: sql`l.id`, names: [sql`l.id`] };
  const source = alone(mapping);
  return { ...source, from: sql`${source.from} left join ${tallies} on l.id = ${source.id}` };
}

/**
 * How many sessions each user has, in one pass: from the database, or where only a program can read whose
 * they are, from here.
 */
async function talliesOf(tx: Transaction, mapping: Mapping, ids: readonly string[] | null): Promise<Sql> {
  const { user: whose, dialect, table, only, live, active, created } = mapping;
  const seen = active ?? created;
  if (!whose) throw new Error('whose a session is, is not known');
  if (whose.decoded) return decodedTallies(tx, mapping, whose.decoded);
  const theirs = sql.and(only, sql`${whose.value} is not null`, ids && isOneOf(mapping, whose, ids));
  const latest = (moment: typeof seen) => (moment ? dialect.known(sql`max(${moment.value})`) : noMoment(mapping));
  return sql`select ${dialect.text(whose.value)} as id, count(*) filter (where ${live}) as live,
    ${latest(seen)} as seen, ${latest(created)} as login from ${table} s where ${theirs} group by 1`;
}

const noMoment = ({ dialect }: Mapping) => dialect.read('epoch-s', sql`null`, 'UTC');

/** Memory grows with the users that have sessions, not with the sessions. */
async function decodedTallies(tx: Transaction, mapping: Mapping, payload: Sql): Promise<Sql> {
  const { dialect, table, only, live, active, created } = mapping;
  const at = (moment: typeof active) => (moment ? dialect.iso(moment.value) : sql`null`);
  const members = {
    payload,
    live: sql`case when ${live} then 1 else 0 end`,
    seen: at(active ?? created),
    login: at(created),
  };
  const users = new Map<string, { id: string; live: number; seen: number | null; login: number | null }>();
  for await (const line of streamJson(tx)`select ${dialect.json(members)} as json from ${table} s where ${only}`) {
    const row = JSON.parse(line) as { payload: string | null; live: number; seen: string | null; login: string | null };
    const id = row.payload === null ? null : decodeDjangoSession(row.payload);
    if (id === null || id === 'unreadable') continue;
    const known = users.get(id) ?? { id, live: 0, seen: null, login: null };
    known.live += row.live;
    known.seen = later(known.seen, row.seen);
    known.login = later(known.login, row.login);
    users.set(id, known);
  }
  const rows = dialect.rowsOf(JSON.stringify([...users.values()]), {
    id: 'text',
    live: 'number',
    seen: 'number',
    login: 'number',
  });
  const read = (column: string) => dialect.read('epoch-s', sql.raw(`x.${column}`), 'UTC');
  return sql`select x.id, x.live, ${read('seen')} as seen, ${read('login')} as login from (${rows}) x`;
}

function later(known: number | null, iso: string | null): number | null {
  if (iso === null) return known;
  return Math.max(known ?? Number.NEGATIVE_INFINITY, Date.parse(iso) / 1000);
}

function matching(mapping: Mapping, { names }: Source, filter: UserFilter): Sql {
  const { dialect, mayLogIn } = mapping;
  const named = (part: string | undefined) =>
    part !== undefined && sql.or(names.map((name) => dialect.contains(name, part)));
  return sql.and(
    named(filter.name),
    ...sql.none([named(filter.not?.name)]),
    filter.active !== undefined && mayLogIn && (filter.active ? mayLogIn : sql`(${mayLogIn}) is not true`),
    filter.withSessions && sql`coalesce(l.live, 0) > 0`,
  );
}

function behind({ dialect }: Mapping, { name, id }: Source, { sort, after }: Start<UserSort>): Sql | null {
  if (!after) return null;
  const [lastName, lastId] = [after.at(-2), after.at(-1)];
  const further = sql`(lower(${name}), ${id}) > (lower(cast(${lastName} as text)), cast(${lastId} as text))`;
  if (sort === 'name') return further;
  if (sort === 'sessions') {
    const live = sql`coalesce(l.live, 0)`;
    const n = sql`cast(${after[0]} as integer)`;
    return sql`(${live} < ${n} or ${live} = ${n} and ${further})`;
  }
  if (after[0] === '-infinity') return sql`(l.seen is null and ${further})`;
  const at = dialect.moment(after[0] ?? '');
  return sql`(l.seen is null or l.seen < ${at} or l.seen = ${at} and ${further})`;
}

function user(mapping: Mapping, { id, name, active, live, seen, login }: Row): User {
  return {
    id,
    username: name,
    email: null,
    role: null,
    active: mapping.mayLogIn ? Boolean(active) : null,
    createdAt: null,
    liveSessions: Number(live),
    sessionLimit: null,
    limitOrigin: null,
    overLimit: null,
    lastSeenAt: seen,
    lastLoginAt: login,
    unknownFields: unknownFields(mapping),
  };
}

function unknownFields({ mayLogIn, active, created }: Mapping): string[] {
  return [
    'email',
    'role',
    ...(mayLogIn ? [] : ['active']),
    'createdAt',
    'sessionLimit',
    'limitOrigin',
    'overLimit',
    ...(active || created ? [] : ['lastSeenAt']),
    ...(created ? [] : ['lastLoginAt']),
  ];
}

/** Throws INVALID_INPUT for what the tables do not say. */
function refuseUnknown(mapping: Mapping, filter: UserFilter, sort: UserSort): void {
  const { description, user: whose, active, created, mayLogIn } = mapping;
  const { title, unseen } = description;
  const lacks = (field: string, what: string): never => {
    throw invalidField(field, `${title} does not keep ${what} where tomo can see it.`, unseen);
  };
  if (!whose) lacks('server', 'whose a session is');
  if (filter.roles?.length) lacks('role', 'the role of a user');
  if (filter.not?.roles?.length) lacks('not-role', 'the role of a user');
  if (filter.overLimit) lacks('over-limit', 'how many sessions a user may have');
  if (filter.active !== undefined && !mayLogIn)
    lacks(filter.active ? 'active' : 'inactive', 'whether a user may log in');
  if (sort === 'seen' && !active && !created) lacks('sort', 'when a user was last here');
}
