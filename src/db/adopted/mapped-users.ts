import type { Place, ServerDescription } from '../../model/server.ts';
import { type Sql, sql } from '../port/sql.ts';
import type { Catalogue } from './catalogue.ts';
import { type Dialect, name } from './dialect.ts';
import { doesNotFit, type SessionTable } from './session-table.ts';

/** Whose a session is. */
export interface MappedUser {
  value: Sql;
  type: string;
  decoded: Sql | null;
  indexed: boolean;
}

/** The table of users `u`. */
export interface MappedUsers {
  table: Sql;
  key: Sql;
  type: string;
  names: Sql[];
  columns: UserName[];
}

/** A column, or a value inside of one, that says what a user `u` is called. */
export interface UserName {
  /** As it lies in the table, so that an index of it is of use. */
  value: Sql;
  type: string;
  /** The column has an index. */
  indexed: boolean;
}

/** `path`: where the operator has said that the id of the user is. */
export function mapUser(
  { user: { decode, places = [] } }: ServerDescription,
  { column, place, typeOf, here, dialect }: SessionTable,
  path: readonly string[] | undefined,
): MappedUser | null {
  if (decode) return { value: sql`null`, type: 'text', decoded: dialect.text(column(decode.column)), indexed: false };
  const chosen = path && places[0] ? [{ column: places[0].column, path }] : places;
  const [first] = chosen;
  if (!first) return null;
  if (chosen.length === 1 && !first.path) {
    const { column: of } = first;
    return { value: column(of), type: typeOf(of), decoded: null, indexed: here.indexed.has(of) };
  }
  const values = chosen.map((one) => dialect.text(place(one)));
  return { value: sql`coalesce(${sql.join(values, ', ')})`, type: 'text', decoded: null, indexed: false };
}

/** Null: there is no such table here. Throws DATABASE_UNUSABLE where the operator has named it, or its columns. */
export function mapUsers(
  description: ServerDescription,
  { tables }: Catalogue,
  usersName: string | undefined,
  { qualified, dialect }: { qualified: (table: string) => Sql; dialect: Dialect },
  { options, given }: { options: ReadonlyMap<string, string>; given: Readonly<Record<string, string>> },
): MappedUsers | null {
  const { user, title } = description;
  const found = usersName === undefined ? undefined : tables.get(usersName);
  if (!found || !usersName) {
    if (given.users !== undefined) throw doesNotFit(title, `there is no table ${usersName} here`);
    return null;
  }
  const key = options.get('user-key') ?? user.key ?? 'id';
  const type = found.columns.get(key);
  const own = given['user-name'];
  const inside = description.options?.['user-name']?.kind === 'path';
  const wanted = own === undefined ? (user.names ?? []) : [inside ? placeOf(own) : own];
  const places = wanted.map((one): Place => (typeof one === 'string' ? { column: one } : one));
  const there = places.filter((one) => found.columns.has(one.column));
  if (type === undefined || there.length === 0) {
    const lost = type === undefined ? key : places[0]?.column;
    if (given.users !== undefined || own !== undefined)
      throw doesNotFit(title, `the table ${usersName} has no column ${lost}`);
    return null;
  }
  const columns = there.map(({ column: of, path }): UserName => {
    const columnType = found.columns.get(of) ?? 'text';
    const value = path ? dialect.at(sql`u.${name(of)}`, path, columnType) : sql`u.${name(of)}`;
    return { value, type: path ? 'text' : columnType, indexed: !path && found.indexed.has(of) };
  });
  const names = columns.map(({ value }) => sql`nullif(${dialect.text(value)}, '')`);
  return { table: qualified(usersName), key: sql`u.${name(key)}`, type, names, columns };
}

/** "traits.login": a column, and keys inside of it. */
function placeOf(text: string): Place {
  const [column = '', ...path] = text.split('.');
  return path.length > 0 ? { column, path } : { column };
}
