import type { StoredActor } from '../../model/audit.ts';
import { TomoError } from '../../model/errors.ts';
import type { Also, Written } from '../../model/server.ts';
import type { Transaction } from '../port/database.ts';
import { execute, type Sql, selectRows, sql } from '../port/sql.ts';
import { name } from './dialect.ts';
import type { Mapping } from './mapping.ts';

/** Who changes something, and when: as the server is told. */
export interface Signature {
  actor: Pick<StoredActor, 'osUser' | 'host'>;
  /** ISO 8601; null: now. */
  moment: string | null;
}

/** Ends those that are live, with what belongs to them; returns their ids. */
export async function endThese(tx: Transaction, mapping: Mapping, these: Sql, by: Signature): Promise<string[]> {
  const { description, dialect, table, qualified, endable, only, id } = mapping;
  const where = sql.and(only, endable, these);
  for (const also of alsoOf(mapping)) {
    const { table: other, set } = also;
    const { theirs, ours } = linkOf(mapping, also);
    const among = sql`${theirs} in (select ${ours} from ${table} s where ${where})`;
    await (set === null
      ? execute(tx)`delete from ${qualified(other)} where ${among}`
      : execute(tx)`update ${qualified(other)} set ${assignments(mapping, set, by)} where ${among}`);
  }
  const { set } = description.revoke;
  const change =
    set === null ? sql`delete from ${table} as s` : sql`update ${table} as s set ${assignments(mapping, set, by)}`;
  // there a row that is returned has no name
  const returning = dialect.returns ? sql` returning ${id} as id` : sql``;
  const before = dialect.returns
    ? []
    : await selectRows<{ id: string }>(tx)`select ${id} as id from ${table} s where ${where}`;
  const changed = await selectRows<{ id: string }>(tx)`${change} where ${where}${returning}`;
  const rows = dialect.returns ? changed : before;
  return rows.map((row) => row.id);
}

/** What says which rows of another table belong to a session `s`: of their column, and of the session. */
export function linkOf(mapping: Mapping, { table, column, of }: Also): { theirs: Sql; ours: Sql } {
  const { catalogue, dialect, key, user, options, description } = mapping;
  const typed = (of: string, column: string, value: Sql) => ({
    value,
    type: catalogue.tables.get(of)?.columns.get(column) ?? 'text',
  });
  const sessions = options.get('table') ?? description.table;
  const own =
    of === 'key'
      ? key
      : of === 'user'
        ? (user ?? { value: sql`null`, type: 'text' })
        : typed(sessions, of.column, sql`s.${name(of.column)}`);
  const [theirs, ours] = dialect.alike(typed(table, column, name(column)), own);
  return { theirs, ours };
}

/** Lets those in again, of which nothing but the revocation kept them out. */
export function reviveThese(tx: Transaction, mapping: Mapping, these: Sql, by: Signature): Promise<void> {
  const { description, table, only, unexpired, allowed } = mapping;
  const set = assignments(mapping, description.revoke.unset ?? {}, by);
  const where = sql.and(only, these, asLeft(mapping, by), unexpired, allowed);
  return execute(tx)`update ${table} as s set ${set} where ${where}`;
}

/** That a row is as a revocation has left it. */
export function asLeft(mapping: Mapping, by: Signature): Sql {
  return sql.and(
    ...Object.entries(mapping.description.revoke.set ?? {}).map(([column, written]) =>
      'value' in written && written.value === null
        ? sql`s.${name(column)} is null`
        : sql`s.${name(column)} = ${writtenValue(mapping, written, by)}`,
    ),
  );
}

/**
 * What has to change with a session, in the tables that are here. Throws DATABASE_UNUSABLE where one is missing: a
 * session that is only half ended would live on.
 */
export function alsoOf({ description, catalogue, options }: Mapping): Also[] {
  const { table: users, key = 'id' } = description.user;
  return (description.revoke.also ?? []).flatMap((also) => {
    const isUsers = also.table === users;
    const table = isUsers ? (options.get('users') ?? also.table) : also.table;
    const column = isUsers && also.column === key ? (options.get('user-key') ?? also.column) : also.column;
    const there = catalogue.tables.get(table)?.columns;
    const lost = there ? [column].find((one) => !there.has(one)) : table;
    if (lost !== undefined) {
      throw new TomoError(
        'DATABASE_UNUSABLE',
        `${description.title}: what belongs to a session is in ${table}.${column}, which is not here.`,
        isUsers
          ? {
              hint: `Where the users are elsewhere, name it with the server: ${description.name}:users=TABLE,user-key=COLUMN`,
            }
          : {},
      );
    }
    // what the application has left out keeps nobody in
    const set = also.set && Object.entries(also.set).filter(([one]) => there?.has(one));
    if (set?.length === 0) return [];
    return [{ ...also, table, column, set: set && Object.fromEntries(set) }];
  });
}

export function assignments(mapping: Mapping, set: Readonly<Record<string, Written>>, by: Signature): Sql {
  return sql.join(
    Object.entries(set).map(([column, written]) => sql`${name(column)} = ${writtenValue(mapping, written, by)}`),
    ', ',
  );
}

function writtenValue({ dialect, zone }: Mapping, written: Written, { actor, moment }: Signature): Sql {
  if ('now' in written)
    return dialect.write(written.now, moment === null ? dialect.now : dialect.moment(moment), zone?.name ?? 'UTC');
  if ('actor' in written) return sql`${`cli:${actor.osUser}@${actor.host}`}`;
  return typeof written.value === 'boolean' ? dialect.boolean(written.value) : sql`${written.value}`;
}
