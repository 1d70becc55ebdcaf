import { TomoError } from '../../model/errors.ts';
import type { UserRow } from '../../model/user.ts';
import type { Transaction } from '../port/database.ts';
import { type Sql, selectRows, selectValues, sql } from '../port/sql.ts';
import { isOneOf, mayBe } from './keys.ts';
import type { UserName } from './mapped-users.ts';
import type { Mapping } from './mapping.ts';

interface Named {
  id: string;
  name: string | null;
  aliases: string | null;
}

/** Before an id, where it could be taken for a name. */
const BY_ID = /^id:(.+)$/s;

/**
 * The users with these names, in that order, null where there is none. A name is what one of its columns holds,
 * exactly: two users may differ by case. Where no name fits, an id does, also of a user who is gone; "id:42" is never
 * a name. Throws AMBIGUOUS_ID where a word means several.
 */
export async function usersNamed(
  tx: Transaction,
  mapping: Mapping,
  names: readonly string[],
): Promise<(UserRow | null)[]> {
  const found = await candidates(tx, mapping, names);
  return names.map((name) => {
    const [, id] = BY_ID.exec(name) ?? [];
    if (id !== undefined) return rowOf(found.find((user) => user.id === id) ?? { id, name: null, aliases: null });
    const fitting = found.filter((user) => user.id === name || aliasesOf(user).includes(name));
    if (fitting.length > 1) {
      throw new TomoError('AMBIGUOUS_ID', `"${name}" means ${fitting.length} users.`, {
        hint: `Name one by its id: ${fitting.map((user) => `id:${user.id} (${user.name ?? 'without a name'})`).join(', ')}`,
        details: { candidates: fitting.map((user) => user.id) },
      });
    }
    return fitting[0] ? rowOf(fitting[0]) : null;
  });
}

function rowOf({ id, name }: Named): UserRow {
  return { id, username: name ?? id, role: null };
}

function aliasesOf({ aliases }: Named): unknown[] {
  return aliases === null ? [] : JSON.parse(aliases);
}

async function candidates(tx: Transaction, mapping: Mapping, names: readonly string[]): Promise<Named[]> {
  const { users, user, table, dialect, only } = mapping;
  const wanted = [...new Set(names)];
  const ids = wanted.map((name) => BY_ID.exec(name)?.[1] ?? name);
  const known: Named[] = [];
  if (users) {
    const byName = users.columns.map((column) => isOneOf(mapping, comparable(mapping, column), wanted));
    const isNamed = sql.or([...byName, isOneOf(mapping, { value: users.key, type: users.type }, ids)]);
    known.push(
      ...(await selectRows<Named>(tx)`select ${dialect.text(users.key)} as id, ${displayed(users.names)} as name,
      ${jsonArray(mapping, users.names)} as aliases from ${users.table} u where ${isNamed}`),
    );
  }
  // of those who are gone, or where there is no table of users, only their sessions tell
  const others = ids.filter(
    (id) =>
      !known.some((one) => one.id === id || aliasesOf(one).includes(id)) && (!users || mayBe(mapping, users.type, id)),
  );
  if (!user || others.length === 0) return known;
  if (user.decoded) return users ? known : others.map((id) => ({ id, name: null, aliases: null }));
  const gone = await selectValues<string>(tx)`
    select distinct ${dialect.text(user.value)} from ${table} s where ${sql.and(only, isOneOf(mapping, user, others))}`;
  return [...known, ...gone.map((id) => ({ id, name: null, aliases: null }))];
}

/** Types that compare as texts do. */
const TEXT = /^(text|character varying)$/;

/** The column itself, for its index, where it compares as texts do. */
function comparable({ dialect }: Mapping, { value, type }: UserName): { value: Sql; type: string } {
  const plain = TEXT.test(type) || /^(uuid|integer|bigint|smallint)$/.test(type);
  return plain ? { value, type } : { value: dialect.text(value), type: 'text' };
}

function displayed(names: readonly Sql[]): Sql {
  return names.length === 1 ? sql`${names[0]}` : sql`coalesce(${sql.join(names, ', ')})`;
}

function jsonArray({ dialect }: Mapping, names: readonly Sql[]): Sql {
  return sql`${sql.raw(dialect.arrayName)}(${sql.join(names, ', ')})${sql.raw(dialect.arrayName === 'json_array' ? '' : '::text')}`;
}

/** What the users with these ids are called; none where nobody says. */
export async function namesOf(tx: Transaction, mapping: Mapping, ids: readonly string[]): Promise<Map<string, string>> {
  const { users, dialect } = mapping;
  if (!users || ids.length === 0) return new Map();
  const rows = await selectRows<{ id: string; name: string | null }>(tx)`
    select ${dialect.text(users.key)} as id, ${displayed(users.names)} as name from ${users.table} u
     where ${isOneOf(mapping, { value: users.key, type: users.type }, ids)}`;
  return new Map(rows.flatMap(({ id, name }) => (name === null ? [] : [[id, name]])));
}

/** Of a small table all names, up to this. */
const FEW = 1000;
/** Of those in alphabetical order before and behind the name. */
const NEIGHBOURS = 100;

/**
 * Names worth comparing with a mistyped one: of many users its neighbours in the indexes, and nothing is read through.
 */
export async function similarNames(tx: Transaction, { users }: Mapping, name: string): Promise<string[]> {
  if (!users) return [];
  const any = displayed(users.names);
  const beside = (column: Sql, which: '>=' | '<', direction: 'asc' | 'desc') =>
    sql`select * from (select ${any} as name from ${users.table} u where ${column} ${sql.raw(which)} ${name}
      order by ${column} ${sql.raw(direction)} limit ${NEIGHBOURS}) x`;
  const neighbours = users.columns
    .filter(({ type, indexed }) => indexed && TEXT.test(type))
    .flatMap(({ value }) => [beside(value, '>=', 'asc'), beside(value, '<', 'desc')]);
  const some = sql`select * from (select ${any} as name from ${users.table} u limit ${FEW}) x`;
  const names = await selectValues<string | null>(tx)`${sql.join([some, ...neighbours], ' union ')}`;
  return names.filter((one) => one !== null);
}

export async function namesContaining(tx: Transaction, mapping: Mapping, part: string, limit: number) {
  const { users, user, table, only, dialect } = mapping;
  // nothing but their sessions says who there is
  const name = users ? displayed(users.names) : user && !user.decoded ? dialect.text(user.value) : null;
  if (name === null) return [];
  const from = users ? sql`${users.table} u` : sql`${table} s`;
  return selectValues<string>(tx)`
    select distinct ${name} as name from ${from} where ${sql.and(users ? sql`true` : only, dialect.contains(name, part))}
     order by 1 limit ${limit}`;
}
