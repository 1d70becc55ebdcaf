import { invalidInput, TomoError } from '../../model/errors.ts';
import type { Condition, Moment, Place, ServerDescription, Span, TimeKind } from '../../model/server.ts';
import type { Transaction } from '../port/database.ts';
import { type Sql, sql } from '../port/sql.ts';
import { type Catalogue, readPostgres, readSqlite } from './catalogue.ts';
import { type Dialect, literal, name, POSTGRES, SQLITE } from './dialect.ts';
import { durationOf, optionsOf } from './options.ts';

/** A moment of a session, as SQL. */
export interface MappedMoment {
  value: Sql;
  /** Compared with a moment, in the form in which an index helps. */
  is: (operator: '<' | '<=' | '>' | '>=', moment: Sql) => Sql;
  /** What rows are put in order by, latest last; the moment that is; and the column an index of which gives that order. */
  order: Sql;
  /** A row may be without it. */
  nullable: boolean;
  /** An index of its column alone would give that order, and there is none. */
  unindexed: boolean;
  sorted: Sql;
  sortedIs: MappedMoment['is'];
  column: string;
  /** Seconds within which two activities are one; 0: none. */
  every: number;
}

/** A column, or a value inside of one, that says what a user `u` is called. */
export interface UserName {
  /** As it lies in the table, so that an index of it is of use. */
  value: Sql;
  type: string;
  /** The column has an index. */
  indexed: boolean;
}

/** A description as it fits this database: what statements are made of. Sessions are rows `s`. */
export interface Mapping {
  description: ServerDescription;
  dialect: Dialect;
  catalogue: Catalogue;
  table: Sql;
  /** About so many are in the table; null: unknown. */
  rows: number | null;
  /** Quoted, with the schema. */
  qualified: (table: string) => Sql;
  key: { value: Sql; type: string; secret: boolean };
  id: Sql;
  user: { value: Sql; type: string; decoded: Sql | null; indexed: boolean } | null;
  /** Null: there is none here, and the users are called by their ids. */
  users: { table: Sql; key: Sql; type: string; names: Sql[]; columns: UserName[] } | null;
  created: MappedMoment | null;
  active: MappedMoment | null;
  expires: MappedMoment | null;
  ended: { when: Sql; at: MappedMoment | null; by: Sql | null; how: 'revoked' | 'ended' } | null;
  ip: { value: Sql; type: string } | null;
  agent: Sql | null;
  only: Sql;
  live: Sql;
  /** What a revocation of ids, of a user or of everybody ends: whoever may be live, in whatever zone the times were written. */
  endable: Sql;
  /** Which users `u` may log in; null: it is not known. */
  mayLogIn: Sql | null;
  /** One of the conditions of `live`: nobody has ended it, nor marked it as run out. */
  open: Sql;
  /** Two of the conditions of `live`: that it has not run out, and that its user may be in. */
  unexpired: Sql;
  allowed: Sql;
  /** The zone that times without one are read in, and whether the operator has named it; null: they all have one. */
  zone: { name: string; named: boolean } | null;
  options: ReadonlyMap<string, string>;
}

/** Looks whether the description fits. Throws DATABASE_UNUSABLE naming what is missing, and INVALID_INPUT for an option. */
export async function mapServer(
  tx: Transaction,
  engine: 'postgres' | 'sqlite',
  description: ServerDescription,
  given: Readonly<Record<string, string>>,
): Promise<Mapping> {
  const options = optionsOf(description, given);
  const { title } = description;
  if (!description.engines.includes(engine)) {
    const there = description.engines.map((one) => (one === 'sqlite' ? 'SQLite' : 'PostgreSQL')).join(' or ');
    throw invalidInput(`${title} keeps its sessions in ${there}, and this is something else.`);
  }
  const schema = options.get('schema') ?? description.schema ?? 'public';
  const tableName = options.get('table') ?? description.table;
  const usersName = options.get('users') ?? description.user.table;
  const names = [
    tableName,
    ...(usersName ? [usersName] : []),
    ...(description.revoke.also ?? []).map(({ table }) => table),
    ...(description.cleanup?.keeps ? [description.cleanup.keeps.table] : []),
  ];
  const catalogue = await (engine === 'postgres' ? readPostgres(tx, schema, names) : readSqlite(tx, names));
  const dialect = engine === 'postgres' ? POSTGRES : SQLITE;
  const table = catalogue.tables.get(tableName);
  const missing = (what: string) =>
    new TomoError('DATABASE_UNUSABLE', `${title}: ${what}.`, {
      reason: 'not-that-server',
      hint: 'Is it this database, and this server? Another table or schema is named with the server.',
    });
  if (!table) throw missing(`there is no table ${engine === 'postgres' ? `${schema}.` : ''}${tableName} here`);
  const typeOf = (column: string) => {
    const type = table.columns.get(column);
    if (type === undefined) throw missing(`the table ${tableName} has no column ${column}`);
    return type;
  };
  const column = (of: string) => {
    typeOf(of);
    return sql`s.${name(of)}`;
  };
  const shown = ({ column: of, path }: Place) => {
    const secret = description.secrets?.includes(of) || (description.key.secret && of === description.key.column);
    if (secret && !path) throw invalidInput(`${title}: the column ${of} is a secret, and cannot be shown as well.`);
    return place({ column: of, ...(path ? { path } : {}) });
  };
  const place = ({ column: of, path }: Place) => (path ? dialect.at(column(of), path, typeOf(of)) : column(of));
  const qualified = (of: string) => (engine === 'postgres' ? name(schema, of) : name(of));
  const zoneName = options.get('zone');
  let zoned = false;
  const zone = zoneName ?? catalogue.zone;
  const kindOf = (of: string, declared: TimeKind): TimeKind => {
    const kind = fittingKind(typeOf(of), declared, engine);
    if (kind === undefined)
      throw missing(`the column ${tableName}.${of} is ${typeOf(of)}, which is no time as ${declared}`);
    zoned ||= kind === 'timestamp-local';
    return kind;
  };
  const seconds = (span: Span) =>
    'option' in span
      ? sql`${durationOf(span.option, options, title)}`
      : sql`${dialect.number(place(span))} / ${span.unit === 'ms' ? sql`1000` : sql`1`}`;
  const mapMoment = (moment: Moment | undefined): MappedMoment | null => {
    if (!moment) return null;
    if ('earliest' in moment) {
      const all = moment.earliest.flatMap((one) => mapMoment(one) ?? []);
      const [first, ...others] = all;
      if (!first) return null;
      const late = (operator: string) => operator.startsWith('>');
      return {
        ...first,
        value: others.reduce((value, other) => dialect.earlier(value, other.value), first.value),
        is: (operator, at) => {
          const parts = all.map((one) => one.is(operator, at));
          return late(operator) ? sql`(${sql.and(...parts)})` : sql.or(parts);
        },
      };
    }
    if ('from' in moment) {
      const base = mapMoment(description[moment.from]);
      const [span, sign] = 'minus' in moment ? [moment.minus, '-' as const] : [moment.plus, '+' as const];
      if (!base) return null;
      const back = sign === '-' ? '+' : '-';
      const value = dialect.later(base.value, seconds(span), sign);
      const is: MappedMoment['is'] = (operator, at) =>
        'option' in span
          ? base.is(operator, dialect.later(at, seconds(span), back))
          : sql`${value} ${sql.raw(operator)} ${at}`;
      return { ...base, value, is };
    }
    const raw = place(moment);
    const kind = moment.path ? moment.kind : kindOf(moment.column, moment.kind);
    const { unset } = moment;
    const known = unset === undefined ? raw : sql`nullif(${raw}, ${sql.raw(String(unset))})`;
    const every =
      typeof moment.every === 'object' ? durationOf(moment.every.option, options, title) : (moment.every ?? 0);
    const value = dialect.read(kind, known, zone);
    // texts of several forms are only compared as what they mean
    const inForm = kind !== 'text-iso' && engine === 'postgres';
    const is: MappedMoment['is'] = (operator, at) =>
      inForm
        ? sql`${raw} ${sql.raw(operator)} ${dialect.write(kind, at, zone)}`
        : sql`${value} ${sql.raw(operator)} ${at}`;
    return {
      value,
      is,
      order: inForm ? raw : value,
      nullable: moment.path !== undefined || unset !== undefined || !table.required.has(moment.column),
      unindexed: inForm && moment.path === undefined && !table.indexed.has(moment.column),
      sorted: value,
      sortedIs: is,
      column: moment.column,
      every,
    };
  };
  const condition = ({ column: of, in: values, not }: Condition, from = column(of)) => {
    const listed = values.filter((value) => value !== null);
    const constants = listed.map((value) => (typeof value === 'string' ? literal(value) : constantOf(value, engine)));
    const parts = [
      ...(constants.length > 0 ? [sql`${from} in (${sql.join(constants, ', ')})`] : []),
      ...(values.includes(null) ? [sql`${from} is null`] : []),
    ];
    return not ? sql`(${sql.or(parts)}) is not true` : sql.or(parts);
  };
  const keyValue = column(description.key.column);
  const keyText = dialect.text(keyValue);
  const user = mapUser();
  const users = mapUsers();
  const ended = description.ended && {
    when: condition(description.ended.when),
    at: mapMoment(description.ended.at),
    by: description.ended.by ? dialect.text(shown(description.ended.by)) : null,
    how: description.ended.how,
  };
  const expires = mapMoment(description.expires);
  const created = mapMoment(description.created);
  const active = mapMoment(description.active);
  const only = sql.and(...(description.only ?? []).map((one) => condition(one)));
  const mayBeIn = description.user.active;
  const mayLogIn = mayBeIn && users ? condition(mayBeIn, sql`u.${name(mayBeIn.column)}`) : null;
  const open = sql.and(
    ...(description.live ?? []).map((one) => condition(one)),
    ended && sql`(${ended.when}) is not true`,
  );
  const unexpired = expires ? stillRuns(expires, description.expires, dialect) : sql`true`;
  const allowed =
    mayLogIn && users && user
      ? sql`exists (select 1 from ${users.table} u where ${users.key} = ${user.value} and ${mayLogIn})`
      : sql`true`;
  const live = sql.and(open, expires && unexpired, mayLogIn && user && allowed);
  const zoneKnown = !zoned || zoneName !== undefined;
  // no two clocks of this world are further apart
  const perhaps =
    expires &&
    !zoneKnown &&
    sql`(${unexpired} or ${expires.is('>', dialect.later(dialect.now, sql`${26 * 3600}`, '-'))})`;
  const endable = perhaps ? sql.and(open, perhaps, mayLogIn && user && allowed) : live;
  return {
    description,
    dialect,
    catalogue,
    table: qualified(tableName),
    rows: table.rows,
    qualified,
    key: { value: keyValue, type: typeOf(description.key.column), secret: description.key.secret },
    id: description.key.secret ? dialect.hash(keyText) : keyText,
    user,
    users,
    created,
    active,
    expires,
    ended: ended ?? null,
    ip: description.ip ? { value: shown(description.ip), type: typeOf(description.ip.column) } : null,
    agent: description.agent ? dialect.text(shown(description.agent)) : null,
    only,
    live,
    endable,
    mayLogIn,
    open,
    unexpired,
    allowed,
    zone: zoned ? { name: zone, named: zoneKnown } : null,
    options,
  };

  function mapUser(): Mapping['user'] {
    const { decode, places = [] } = description.user;
    if (decode) return { value: sql`null`, type: 'text', decoded: dialect.text(column(decode.column)), indexed: false };
    const path = options.get('user')?.split('.');
    const chosen = path && places[0] ? [{ column: places[0].column, path }] : places;
    const [first] = chosen;
    if (!first) return null;
    if (chosen.length === 1 && !first.path)
      return {
        value: column(first.column),
        type: typeOf(first.column),
        decoded: null,
        indexed: table?.indexed.has(first.column) ?? false,
      };
    return {
      value: sql`coalesce(${sql.join(
        chosen.map((one) => dialect.text(place(one))),
        ', ',
      )})`,
      type: 'text',
      decoded: null,
      indexed: false,
    };
  }

  function mapUsers(): Mapping['users'] {
    const found = usersName === undefined ? undefined : catalogue.tables.get(usersName);
    if (!found || !usersName) {
      if (given.users !== undefined) throw missing(`there is no table ${usersName} here`);
      return null;
    }
    const key = options.get('user-key') ?? description.user.key ?? 'id';
    const type = found.columns.get(key);
    const own = given['user-name'];
    const inside = description.options?.['user-name']?.kind === 'path';
    const wanted = own === undefined ? (description.user.names ?? []) : [inside ? placeOf(own) : own];
    const places = wanted.map((one): Place => (typeof one === 'string' ? { column: one } : one));
    const there = places.filter((one) => found.columns.has(one.column));
    if (type === undefined || there.length === 0) {
      const lost = type === undefined ? key : places[0]?.column;
      if (given.users !== undefined || own !== undefined) throw missing(`the table ${usersName} has no column ${lost}`);
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
}

/** "traits.login": a column, and keys inside of it. */
function placeOf(text: string): Place {
  const [column = '', ...path] = text.split('.');
  return path.length > 0 ? { column, path } : { column };
}

/** Never running out is no end. */
function stillRuns(expires: MappedMoment, declared: Moment | undefined, dialect: Dialect): Sql {
  const unset = declared && 'unset' in declared ? declared.unset : undefined;
  const ahead = expires.is('>', dialect.now);
  if (!expires.nullable) return ahead;
  return unset === undefined
    ? sql`(${expires.order} is null or ${ahead})`
    : sql`(${expires.value} is null or ${ahead})`;
}

function constantOf(value: number | boolean, engine: string): Sql {
  if (typeof value === 'number') return sql.raw(String(value));
  return sql.raw(engine === 'sqlite' ? (value ? '1' : '0') : String(value));
}

/** The kind as which a column of this type is read; undefined: it cannot be. */
export function fittingKind(type: string, declared: TimeKind, engine: 'postgres' | 'sqlite'): TimeKind | undefined {
  // values there have types, columns have none
  if (engine === 'sqlite') return declared;
  if (type.startsWith('timestamp') && type.includes('with time zone')) return 'timestamptz';
  // a server that is set up otherwise writes without a zone: nobody but the operator knows which
  if (type.startsWith('timestamp')) return declared === 'timestamp-utc' ? 'timestamp-utc' : 'timestamp-local';
  if (/^(bigint|integer|numeric|double precision)$/.test(type))
    return declared.startsWith('epoch') ? declared : undefined;
  if (/^(text|character varying)$/.test(type)) return declared === 'text-iso' ? declared : undefined;
  return undefined;
}
