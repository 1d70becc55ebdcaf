import type { TimeKind } from '../../model/server.ts';
import { type Sql, sql } from '../port/sql.ts';

export interface Typed {
  value: Sql;
  type: string;
}

/** Types of which values are compared as they are. */
const KINDS = [/^(smallint|integer|bigint)$/, /^(text|character varying)$/];

/** What two databases say differently. A "moment" is a timestamptz on PostgreSQL, and seconds since 1970 on SQLite. */
export interface Dialect {
  now: Sql;
  /** A moment that is given as ISO 8601. */
  moment(iso: string): Sql;
  /** The moment that a value of this kind means. */
  read(kind: TimeKind, value: Sql, zone: string): Sql;
  /** A moment as a value of this kind: what it is compared with, so that an index of the column can be used. */
  write(kind: TimeKind, moment: Sql, zone: string): Sql;
  later(moment: Sql, seconds: Sql, sign: '+' | '-'): Sql;
  earlier(a: Sql, b: Sql): Sql;
  /** For JSON. */
  iso(moment: Sql): Sql;
  /** The moment as that of a list; null where no calendar of programs has it. */
  known(moment: Sql): Sql;
  /** Text by which one's place in an order is found again, exactly: "null", too. */
  place(moment: Sql): Sql;
  /** What that text is compared as. */
  placed(place: string): Sql;
  json(members: Readonly<Record<string, Sql>>): Sql;
  /** Of a value that holds JSON: the text or number at these keys; null where there is something else. */
  at(value: Sql, path: readonly string[], type: string): Sql;
  /** Of such a text or number: what is read as a value of this kind, null where it is none. */
  inside(kind: TimeKind, value: Sql): Sql;
  text(value: Sql): Sql;
  /** Two values as what can be compared: the same id may be a number here and text there. */
  alike(a: Typed, b: Typed): [Sql, Sql];
  number(value: Sql): Sql;
  arrayName: 'json_build_array' | 'json_array';
  /** 32 hexadecimal digits. */
  hash(text: Sql): Sql;
  /** The same as comparing the hash of this text, at half the cost: a look-up has to make the hash of every row. */
  hashIsOneOf(text: Sql, digits: readonly string[]): Sql;
  hashStartsWith(text: Sql, digits: string): Sql;
  startsWith(text: Sql, start: string): Sql;
  contains(text: Sql, part: string): Sql;
  /** That a value of this type is one of these, which are texts. */
  isOneOf(value: Sql, texts: readonly string[], type: string): Sql;
  /** Rows of a JSON array of objects, as columns of text and numbers. */
  rowsOf(json: string, columns: Readonly<Record<string, 'text' | 'number'>>): Sql;
  /** That an address lies in a network; what is no address lies in none. */
  within(address: { value: Sql; type: string }, network: string): Sql;
  /** Where a row lies, so that it is found again at once. */
  boolean(value: boolean): Sql;
  /** Whether a column holds values of its type alone. */
  typed: boolean;
  /** Whether a change can return what a row `s` was. */
  returns: boolean;
  /** Whether a query is read in pieces by a cursor. */
  cursors: boolean;
  locator: Sql;
  atLocators(locators: readonly string[]): Sql;
}

export function name(...parts: string[]): Sql {
  return sql.raw(parts.map((part) => `"${part.replaceAll('"', '""')}"`).join('.'));
}

/** A constant in the text of a statement, where no parameter can stand. */
export function literal(text: string): Sql {
  return sql.raw(`'${text.replaceAll("'", "''")}'`);
}

const members = (of: Readonly<Record<string, Sql>>) =>
  sql.join(
    Object.entries(of).map(([key, value]) => sql`${literal(key)}, ${value}`),
    ', ',
  );

export const POSTGRES: Dialect = {
  now: sql`now()`,
  moment: (iso) => sql`${iso}::timestamptz`,
  read(kind, value, zone) {
    switch (kind) {
      case 'timestamptz':
        return value;
      case 'timestamp-utc':
        return sql`(${value} at time zone 'UTC')`;
      case 'timestamp-local':
        return sql`(${value} at time zone ${literal(zone)})`;
      case 'epoch-s':
        return ofSeconds(sql`${value}::float8`);
      case 'epoch-ms':
        return ofSeconds(sql`${value}::float8 / 1000`);
      case 'text-iso':
        return ofIso(value, 'timestamptz');
      default:
        return kind satisfies never;
    }
  },
  write(kind, moment, zone) {
    switch (kind) {
      case 'timestamptz':
        return moment;
      case 'timestamp-utc':
        return sql`(${moment} at time zone 'UTC')`;
      case 'timestamp-local':
        return sql`(${moment} at time zone ${literal(zone)})`;
      case 'epoch-s':
        return sql`extract(epoch from ${moment})::bigint`;
      case 'epoch-ms':
        return sql`(extract(epoch from ${moment}) * 1000)::bigint`;
      case 'text-iso':
        return sql`to_char(${moment} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')`;
      default:
        return kind satisfies never;
    }
  },
  later: (moment, seconds, sign) => sql`(${moment} ${sql.raw(sign)} make_interval(secs => ${seconds}::float8))`,
  earlier: (a, b) => sql`least(${a}, ${b})`,
  // "infinity", and what no calendar of programs has, is no moment, but has its place in an order
  iso: (moment) => sql`to_json(${POSTGRES.known(moment)})`,
  known: (moment) => sql`case when ${moment} between '0001-01-01' and '9999-12-31' then ${moment} end`,
  place: (moment) => sql`coalesce(to_json(${moment}), '"null"')`,
  placed: (place) => POSTGRES.moment(place),
  json: (of) => sql`json_build_object(${members(of)})::text`,
  at(value, path, type) {
    const keys = sql`${literal(`{${path.map((key) => JSON.stringify(key)).join(',')}}`)}::text[]`;
    // an object may be all that is known of somebody
    const scalar = (kind: Sql, found: Sql) => sql`case when ${kind} in ('string', 'number') then ${found} end`;
    if (type === 'jsonb') return scalar(sql`jsonb_typeof(${value} #> ${keys})`, sql`${value} #>> ${keys}`);
    // json holds characters that text cannot, and is not read at all where it has one
    const text = sql`${value}::text`;
    // what is no JSON cannot be told before it is read; most of it does not look like any
    const blob = type === 'json' ? sql`` : sql`when ${text} !~ '^\\s*[[{].*[]}]\\s*$' then null`;
    const json = sql`(case ${blob} when strpos(${text}, '\\u') > 0 and ${text} ~* '\\\\u(0000|d[89a-f])'
      then regexp_replace(${text}, '(?<!\\\\)((\\\\\\\\)*)\\\\u(0000|d[89a-f][0-9a-f]{2})', '\\1' || chr(65533), 'gi')::json
      else ${type === 'json' ? value : sql`${text}::json`} end)`;
    return scalar(sql`json_typeof(${json} #> ${keys})`, sql`${json} #>> ${keys}`);
  },
  inside(kind, value) {
    if (kind.startsWith('epoch')) return POSTGRES.number(value);
    return kind === 'timestamp-local' ? ofIso(value, 'timestamp') : value;
  },
  text: (value) => sql`${value}::text`,
  alike(a, b) {
    const same = a.type === b.type || KINDS.some((kind) => kind.test(a.type) && kind.test(b.type));
    return same ? [a.value, b.value] : [POSTGRES.text(a.value), POSTGRES.text(b.value)];
  },
  // a text may be anything
  number: (value) => sql`case when ${value}::text ~ '^-?[0-9]{1,14}([.][0-9]{1,20})?$' then ${value}::text::float8 end`,
  arrayName: 'json_build_array',
  hash: (text) => sql`left(encode(${sha256(text)}, 'hex'), 32)`,
  hashIsOneOf(text, digits) {
    const whole = digits.filter((one) => /^[0-9a-f]{32}$/.test(one)).map((one) => `\\x${one}`);
    return whole.length > 0 ? sql`substr(${sha256(text)}, 1, 16) = any(${whole}::bytea[])` : sql`false`;
  },
  hashStartsWith(text, digits) {
    if (!/^[0-9a-f]+$/.test(digits)) return sql`false`;
    const bytes = Math.min(Math.trunc(digits.length / 2), 16);
    const first = `\\x${digits.slice(0, bytes * 2)}`;
    return sql`substr(${sha256(text)}, 1, ${bytes}) = ${first}::bytea and ${POSTGRES.startsWith(POSTGRES.hash(text), digits)}`;
  },
  startsWith: (text, start) => sql`starts_with(${text}, ${start}::text)`,
  contains: (text, part) => sql`strpos(lower(${text}), lower(${part}::text)) > 0`,
  isOneOf: (value, texts, type) =>
    texts.length === 1
      ? sql`${value} = ${texts[0]}::text::${sql.raw(type)}`
      : sql`${value} = any(${texts}::text[]::${sql.raw(type)}[])`,
  within({ value, type }, network) {
    if (type === 'inet' || type === 'cidr') return sql`${value} <<= ${network}::inet`;
    const text = sql`regexp_replace(${value}::text, '^::ffff:(?=[0-9.]+$)', '', 'i')`;
    return sql`case when ${looksWithin(sql`${value}::text`, network)} and ${isAddress(text)} then ${text}::inet <<= ${network}::inet end`;
  },
  rowsOf(json, columns) {
    const typed = Object.entries(columns).map(([column, type]) => `${column} ${type === 'text' ? 'text' : 'float8'}`);
    return sql`select x.* from json_to_recordset(${json}::json) as x(${sql.raw(typed.join(', '))})`;
  },
  boolean: (value) => sql.raw(String(value)),
  typed: true,
  returns: true,
  cursors: true,
  locator: sql`s.ctid::text`,
  atLocators: (locators) => sql`s.ctid = any(${locators}::text[]::tid[])`,
};

/** What is before or behind all moments is the first or last of them, and what is no number is the last. */
const ofSeconds = (seconds: Sql) =>
  sql`case when ${seconds} is not null then to_timestamp(least(greatest(${seconds}, -210866803200), 9224318015999)) end`;

const DAY = '[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])';
const TIME = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?';
const ISO_8601 = literal(`^${DAY}([T ]${TIME}( ?(Z|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?))?)?$`);
/** Null for any other text; that no February has 30 days is left to whoever writes them. */
const ofIso = (text: Sql, type: 'timestamptz' | 'timestamp') =>
  sql`case when ${text} ~ ${ISO_8601} then ${text}::${sql.raw(type)} end`;

const sha256 = (text: Sql) => sql`sha256(convert_to(${text}, 'UTF8'))`;

/** What is cheap to look at, and true of every address in the network. */
function looksWithin(text: Sql, network: string): Sql {
  const [address = '', bits = '32'] = network.split('/');
  if (address.includes(':')) return sql`strpos(${text}, ':') > 0`;
  const octets = address.split('.').slice(0, Math.trunc(Number(bits) / 8));
  const start = octets.map((octet, i) => (i < 3 ? `${octet}.` : octet)).join('');
  return sql`(starts_with(${text}, ${start}::text) or starts_with(lower(${text}), '::ffff:'))`;
}

const OCTET = '(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])';
const isAddress = (text: Sql) =>
  sql`(${text} ~ ${literal(`^((${OCTET}\\.){3}${OCTET}|([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4})$`)}
  or ${text} ~ '^[0-9a-fA-F:]+$' and ${text} ~ '::' and ${text} !~ '::.*::|:::|[0-9a-fA-F]{5}|^:[^:]|[^:]:$'
    and length(regexp_replace(${text}, '[^:]', '', 'g')) <= 7)`;

/**
 * Values of any type stand in a column of SQLite: a number is an epoch, in milliseconds where it would be far ahead.
 */
const sqliteMoment = (value: Sql) => {
  // in a column of text a number is one, too
  const n = sql`(${value} + 0)`;
  return sql`case when typeof(${value}) = 'text' and ${value} glob '*[^0-9.]*' then unixepoch(${value}, 'subsec')
    when ${n} > 100000000000 then ${n} / 1000.0 when ${value} <> '' then ${n} end`;
};

export const SQLITE: Dialect = {
  now: sql`unixepoch('subsec')`,
  moment: (iso) => sql`unixepoch(${iso}, 'subsec')`,
  read: (_kind, value) => sqliteMoment(value),
  write(kind, moment) {
    if (kind === 'epoch-s') return sql`cast(${moment} as integer)`;
    if (kind === 'epoch-ms') return sql`cast(${moment} * 1000 as integer)`;
    return sql`strftime('%Y-%m-%dT%H:%M:%f', ${moment}, 'unixepoch') || '+00:00'`;
  },
  later: (moment, seconds, sign) => sql`(${moment} ${sql.raw(sign)} ${seconds})`,
  earlier: (a, b) => sql`min(${a}, ${b})`,
  known: (moment) => sql`round(${moment}, 3)`,
  place: (moment) => sql`case when ${moment} is null then 'null' else format('%!.17g', ${moment}) end`,
  placed: (place) => sql`cast(${place} as real)`,
  iso: (moment) => sql`strftime('%Y-%m-%dT%H:%M:%fZ', ${moment}, 'unixepoch')`,
  json: (of) => sql`json_object(${members(of)})`,
  at(value, path) {
    const keys = literal(`$${path.map((key) => `.${JSON.stringify(key)}`).join('')}`);
    return sql`case when json_valid(${value}) then
      case when json_type(${value}, ${keys}) in ('text', 'integer', 'real') then json_extract(${value}, ${keys}) end end`;
  },
  inside: (_kind, value) => value,
  text: (value) => sql`cast(${value} as text)`,
  alike: (a, b) => [a.value, b.value],
  number: (value) => sql`cast(${value} as real)`,
  arrayName: 'json_array',
  hash: (text) => sql`substr(sha256_hex(${text}), 1, 32)`,
  hashIsOneOf: (text, digits) => SQLITE.isOneOf(SQLITE.hash(text), digits, 'text'),
  hashStartsWith: (text, digits) => SQLITE.startsWith(SQLITE.hash(text), digits),
  startsWith: (text, start) => sql`substr(${text}, 1, ${start.length}) = ${start}`,
  contains: (text, part) => sql`instr(lower(${text}), lower(${part})) > 0`,
  isOneOf: (value, texts) => sql`cast(${value} as text) in (select value from json_each(${JSON.stringify(texts)}))`,
  rowsOf(json, columns) {
    const values = Object.keys(columns).map((column) => `value ->> '${column}' as ${column}`);
    return sql`select ${sql.raw(values.join(', '))} from json_each(${json})`;
  },
  within: ({ value }, network) => sql`in_network(${value}, ${network})`,
  boolean: (value) => sql.raw(value ? '1' : '0'),
  typed: false,
  returns: false,
  cursors: false,
  locator: sql`cast(s.rowid as text)`,
  atLocators: (locators) => sql`s.rowid in (select cast(value as integer) from json_each(${JSON.stringify(locators)}))`,
};
