import type { Moment, ServerDescription, Span, TimeKind } from '../../model/server.ts';
import { type Sql, sql } from '../port/sql.ts';
import type { Dialect } from './dialect.ts';
import { durationOf } from './options.ts';
import { doesNotFit, type Engine, type SessionTable } from './session-table.ts';

/** A moment of a session, as SQL. */
export interface MappedMoment {
  value: Sql;
  /** Compared with a moment, in the form in which an index helps. */
  is: (operator: '<' | '<=' | '>' | '>=', moment: Sql) => Sql;
  /** What rows are put in order by, latest last, and the column an index of which gives that order. */
  order: Sql;
  /** A row may be without it. */
  nullable: boolean;
  /** An index of its column alone would give that order, and there is none. */
  unindexed: boolean;
  /** The text that says where in that order one is, and how that is compared with it. */
  place: Sql;
  isPlaced: (operator: '<' | '<=' | '>' | '>=', place: string) => Sql;
  column: string;
  /** Seconds within which two activities are one; 0: none. */
  every: number;
}

/** Maps the moments of a description, each by itself; `zone`: that of times that have none. */
export class Moments {
  readonly #description: ServerDescription;
  readonly #table: SessionTable;
  readonly #zone: string;
  readonly #options: ReadonlyMap<string, string>;
  /** One of those that were mapped has no zone. */
  zoned = false;

  constructor(description: ServerDescription, table: SessionTable, zone: string, options: ReadonlyMap<string, string>) {
    this.#description = description;
    this.#table = table;
    this.#zone = zone;
    this.#options = options;
  }

  /** Null: there is none. Throws DATABASE_UNUSABLE for a column that is missing, or is no time. */
  map(moment: Moment | undefined): MappedMoment | null {
    if (!moment) return null;
    if ('earliest' in moment) return this.#earliest(moment.earliest);
    return 'from' in moment ? this.#reckoned(moment) : this.#kept(moment);
  }

  #earliest(moments: readonly Moment[]): MappedMoment | null {
    const { dialect } = this.#table;
    const all = moments.flatMap((one) => this.map(one) ?? []);
    const [first, ...others] = all;
    if (!first) return null;
    return {
      ...first,
      value: others.reduce((value, other) => dialect.earlier(value, other.value), first.value),
      is: (operator, at) => {
        const parts = all.map((one) => one.is(operator, at));
        return operator.startsWith('>') ? sql`(${sql.and(...parts)})` : sql.or(parts);
      },
    };
  }

  #reckoned(moment: Extract<Moment, { from: unknown }>): MappedMoment | null {
    const { dialect } = this.#table;
    const base = this.map(this.#description[moment.from]);
    const [span, sign] = 'minus' in moment ? [moment.minus, '-' as const] : [moment.plus, '+' as const];
    if (!base) return null;
    const back = sign === '-' ? '+' : '-';
    const value = dialect.later(base.value, this.#seconds(span), sign);
    const is: MappedMoment['is'] = (operator, at) =>
      'option' in span
        ? base.is(operator, dialect.later(at, this.#seconds(span), back))
        : sql`${value} ${sql.raw(operator)} ${at}`;
    return { ...base, value, is };
  }

  #kept(moment: Extract<Moment, { column: unknown }>): MappedMoment {
    const { dialect, engine, here, place, typeOf } = this.#table;
    const kind = moment.path ? kindInside(moment.kind) : this.#kindOf(moment.column, moment.kind);
    this.zoned ||= kind === 'timestamp-local';
    const raw = moment.path ? dialect.inside(kind, place(moment)) : place(moment);
    const { unset } = moment;
    const known = unset === undefined ? raw : sql`nullif(${raw}, ${sql.raw(String(unset))})`;
    const every = typeof moment.every === 'object' ? this.#durationOf(moment.every.option) : (moment.every ?? 0);
    const value = dialect.read(kind, known, this.#zone);
    // texts of several forms are only compared as what they mean
    const inForm = kind !== 'text-iso' && engine === 'postgres' && !moment.path;
    // a moment is kept less exactly than a number, and where there is none may stand a number
    const numbered = inForm && kind.startsWith('epoch');
    const kept = unset === undefined ? sql`` : sql` and ${raw} <> ${sql.raw(String(unset))}`;
    const is: MappedMoment['is'] = (operator, at) =>
      inForm
        ? sql`(${raw} ${sql.raw(operator)} ${dialect.write(kind, at, this.#zone)}${kept})`
        : sql`${value} ${sql.raw(operator)} ${at}`;
    return {
      value,
      is,
      order: inForm ? raw : value,
      nullable: moment.path !== undefined || unset !== undefined || !here.required.has(moment.column),
      unindexed: inForm && !here.indexed.has(moment.column),
      place: numbered ? sql`coalesce(${raw}::text, 'null')` : dialect.place(value),
      isPlaced: (operator, at) => {
        if (numbered) return sql`${raw} ${sql.raw(operator)} ${at}::text::${sql.raw(typeOf(moment.column))}`;
        return inForm ? is(operator, dialect.placed(at)) : sql`${value} ${sql.raw(operator)} ${dialect.placed(at)}`;
      },
      column: moment.column,
      every,
    };
  }

  #kindOf(column: string, declared: TimeKind): TimeKind {
    const { typeOf, engine, name } = this.#table;
    const type = typeOf(column);
    const kind = fittingKind(type, declared, engine);
    if (kind === undefined) {
      const what = `the column ${name}.${column} is ${type}, which is no time as ${declared}`;
      throw doesNotFit(this.#description.title, what);
    }
    return kind;
  }

  #seconds(span: Span): Sql {
    if ('option' in span) return sql`${this.#durationOf(span.option)}`;
    const { dialect, place } = this.#table;
    return sql`${dialect.number(place(span))} / ${span.unit === 'ms' ? sql`1000` : sql`1`}`;
  }

  #durationOf(option: string): number {
    return durationOf(option, this.#options, this.#description.title);
  }
}

/** Never running out is no end. */
export function stillRuns(expires: MappedMoment, declared: Moment | undefined, dialect: Dialect): Sql {
  const unset = declared && 'unset' in declared ? declared.unset : undefined;
  const ahead = expires.is('>', dialect.now);
  if (!expires.nullable) return ahead;
  return unset === undefined
    ? sql`(${expires.order} is null or ${ahead})`
    : sql`(${expires.value} is null or ${ahead})`;
}

/** JSON keeps a time as text or number; a zone that stands with it counts. */
function kindInside(declared: TimeKind): TimeKind {
  return declared === 'timestamptz' || declared === 'timestamp-utc' ? 'text-iso' : declared;
}

/** The kind as which a column of this type is read; undefined: it cannot be. */
export function fittingKind(type: string, declared: TimeKind, engine: Engine): TimeKind | undefined {
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
