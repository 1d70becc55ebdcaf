import type { Queryable, Transaction } from './database.ts';

/** A piece of SQL: between each two of its pieces stands a parameter. */
export class Sql {
  readonly pieces: readonly string[];
  readonly parameters: readonly unknown[];
  /** What is asked instead where the tables lie on several servers. */
  readonly distributed: Sql | undefined;

  constructor(pieces: readonly string[], parameters: readonly unknown[] = [], distributed?: Sql) {
    this.pieces = pieces;
    this.parameters = parameters;
    this.distributed = distributed;
  }

  /** With the parameters as $1, $2 … */
  get text(): string {
    return this.pieces.reduce((text, piece, i) => `${text}$${i}${piece}`);
  }

  /** In a template of plain text, which has no place for parameters. */
  toString(): string {
    if (this.parameters.length > 0) throw new Error('A piece of SQL with parameters is no plain text.');
    return this.text;
  }
}

/** SQL as it is written: a piece of SQL is put in, every other value becomes a parameter. */
export function sql(constants: TemplateStringsArray, ...values: unknown[]): Sql {
  const pieces: string[] = [];
  const parameters: unknown[] = [];
  let open = constants[0] ?? '';
  for (const [i, value] of values.entries()) {
    const inner = value instanceof Sql ? value : new Sql(['', ''], [value]);
    const texts = [...inner.pieces];
    texts[0] = open + texts[0];
    open = texts.pop() + (constants[i + 1] ?? '');
    pieces.push(...texts);
    parameters.push(...inner.parameters);
  }
  const others = values.map((value) => (value instanceof Sql && value.distributed) || value);
  const differs = others.some((other, i) => other !== values[i]);
  return new Sql([...pieces, open], parameters, differs ? sql(constants, ...others) : undefined);
}

/** A piece of SQL, and what it is where the tables lie on several servers, whose planner takes no other. */
sql.either = (plain: Sql, distributed: Sql): Sql =>
  new Sql(plain.pieces, plain.parameters, distributed.distributed ?? distributed);

/** A name or an operator from our own constants, never from outside. */
sql.raw = (constant: string): Sql => new Sql([constant]);

sql.join = (parts: readonly Sql[], separator: string): Sql => {
  const [first = sql``, ...rest] = parts;
  return rest.reduce((all, part) => sql`${all}${sql.raw(separator)}${part}`, first);
};

/** A condition, or anything falsy where there is none. */
type Optional = Sql | false | null | undefined | '' | 0;

/** Those conditions that there are. */
export function given(conditions: readonly Optional[]): Sql[] {
  return conditions.filter((condition) => condition instanceof Sql);
}

/** That all of these hold which there are; without any, true. */
sql.and = (...conditions: Optional[]): Sql => {
  const all = given(conditions);
  return all.length > 0 ? sql.join(all, ' and ') : sql`true`;
};

/** That one of these holds. */
sql.or = (conditions: readonly Sql[]): Sql => sql`(${sql.join(conditions, ' or ')})`;

/** That none of these holds for sure: where one is unknown, as of a null, it does not hold. */
sql.none = (conditions: readonly Optional[]): Sql[] => given(conditions).map((one) => sql`(${one}) is not true`);

/** A statement to be run: selectRows(tx)`select …`, with the same places for parameters and pieces as in sql`…`. */
type Statement<Result> = (constants: TemplateStringsArray, ...values: unknown[]) => Result;

export function selectRows<Row>(db: Queryable): Statement<Promise<Row[]>> {
  return (constants, ...values) => {
    const { text, parameters, distributed } = sql(constants, ...values);
    return db.query<Row>(text, parameters, distributed);
  };
}

/** For a statement whose rows do not matter. */
export function execute(db: Queryable): Statement<Promise<void>> {
  return async (...statement) => void (await selectRows(db)(...statement));
}

/** The row of a statement that always has one. */
export function selectRow<Row>(db: Queryable): Statement<Promise<Row>> {
  return async (...statement) => {
    const [row] = await selectRows<Row>(db)(...statement);
    if (row === undefined) throw new Error(`No row from: ${sql(...statement).text}`);
    return row;
  };
}

/** What stands in the only column of each row. */
export function selectValues<T>(db: Queryable): Statement<Promise<T[]>> {
  return async (...statement) =>
    (await selectRows<Record<string, T>>(db)(...statement)).flatMap((row) => Object.values(row));
}

/** The same of a statement that always has one row. */
export function selectValue<T>(db: Queryable): Statement<Promise<T>> {
  return async (...statement) => Object.values(await selectRow<Record<string, T>>(db)(...statement))[0] as T;
}

/** What stands as JSON text in the only column. */
export function selectJson<T>(db: Queryable): Statement<Promise<T[]>> {
  return async (...statement) => (await selectValues<string>(db)(...statement)).map((json) => JSON.parse(json) as T);
}

/** Like selectJson, for a statement that always has one row. */
export function selectDocument<T>(db: Queryable): Statement<Promise<T>> {
  return async (...statement) => JSON.parse(await selectValue<string>(db)(...statement)) as T;
}

/** The JSON text of each row, streamed. */
export function streamJson(tx: Transaction): Statement<AsyncIterable<string>> {
  return (...statement) => {
    const { text, parameters, distributed } = sql(...statement);
    return tx.lines(text, parameters, distributed);
  };
}
