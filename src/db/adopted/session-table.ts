import { invalidInput, TomoError } from '../../model/errors.ts';
import type { Condition, Place, ServerDescription } from '../../model/server.ts';
import { type Sql, sql } from '../port/sql.ts';
import type { Catalogue, Table } from './catalogue.ts';
import { type Dialect, literal, name, POSTGRES, SQLITE } from './dialect.ts';

export type Engine = 'postgres' | 'sqlite';

/** The table of sessions `s` as it is in this database, and what a description says of its columns, as SQL. */
export interface SessionTable {
  name: string;
  engine: Engine;
  dialect: Dialect;
  here: Table;
  /** Throw DATABASE_UNUSABLE where there is no such column. */
  typeOf: (column: string) => string;
  column: (column: string) => Sql;
  place: (place: Place) => Sql;
  /** What is printed. Throws INVALID_INPUT for a secret. */
  shown: (place: Place) => Sql;
  condition: (condition: Condition, from?: Sql) => Sql;
}

/** Throws DATABASE_UNUSABLE where there is none of this name. */
export function sessionTable(
  description: ServerDescription,
  engine: Engine,
  { tables }: Catalogue,
  [schema, tableName]: [schema: string, table: string],
): SessionTable {
  const { title } = description;
  const dialect = engine === 'postgres' ? POSTGRES : SQLITE;
  const here = tables.get(tableName);
  if (!here) throw doesNotFit(title, `there is no table ${engine === 'postgres' ? `${schema}.` : ''}${tableName} here`);
  const typeOf = (column: string) => {
    const type = here.columns.get(column);
    if (type === undefined) throw doesNotFit(title, `the table ${tableName} has no column ${column}`);
    return type;
  };
  const column = (of: string) => {
    typeOf(of);
    return sql`s.${name(of)}`;
  };
  const place = ({ column: of, path }: Place) => (path ? dialect.at(column(of), path, typeOf(of)) : column(of));
  const shown = ({ column: of, path }: Place) => {
    const secret = description.secrets?.includes(of) || (description.key.secret && of === description.key.column);
    if (secret && !path) throw invalidInput(`${title}: the column ${of} is a secret, and cannot be shown as well.`);
    return place({ column: of, ...(path ? { path } : {}) });
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
  return { name: tableName, engine, dialect, here, typeOf, column, place, shown, condition };
}

/** A description that is of another server, or database. */
export function doesNotFit(title: string, what: string): TomoError {
  return new TomoError('DATABASE_UNUSABLE', `${title}: ${what}.`, {
    reason: 'not-that-server',
    hint: 'Is it this database, and this server? Another table or schema is named with the server.',
  });
}

function constantOf(value: number | boolean, engine: Engine): Sql {
  if (typeof value === 'number') return sql.raw(String(value));
  return sql.raw(engine === 'sqlite' ? (value ? '1' : '0') : String(value));
}
