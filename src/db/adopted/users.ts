import { TomoError } from '../../model/errors.ts';
import type { UserRow } from '../../model/user.ts';
import type { Transaction } from '../port/database.ts';
import { type Sql, selectRows, selectValues, sql } from '../port/sql.ts';
import { isOneOf } from './keys.ts';
import type { Mapping } from './mapping.ts';

interface Named {
  id: string;
  name: string | null;
  aliases: string | null;
}

/**
 * The users with these names, in that order, null where there is none. A name is what one of its columns holds, exactly: two
 * users may differ by case. Where no name fits, an id does. Throws AMBIGUOUS_ID where several have a name.
 */
export async function usersNamed(
  tx: Transaction,
  mapping: Mapping,
  names: readonly string[],
): Promise<(UserRow | null)[]> {
  const found = await candidates(tx, mapping, names);
  return names.map((name) => {
    const byName = found.filter(({ aliases }) => aliases !== null && (JSON.parse(aliases) as unknown[]).includes(name));
    const fitting = byName.length > 0 ? byName : found.filter(({ id }) => id === name);
    if (fitting.length > 1) {
      throw new TomoError('AMBIGUOUS_ID', `${fitting.length} users are called "${name}".`, {
        hint: `Name one by its id: ${fitting.map(({ id }) => id).join(', ')}`,
        details: { candidates: fitting.map(({ id }) => id) },
      });
    }
    const [user] = fitting;
    return user ? { id: user.id, username: user.name ?? user.id, role: null } : null;
  });
}

async function candidates(tx: Transaction, mapping: Mapping, names: readonly string[]): Promise<Named[]> {
  const { users, user, table, dialect, only } = mapping;
  const wanted = [...new Set(names)];
  if (users) {
    const byName = users.names.map((name) => dialect.isOneOf(name, wanted, 'text'));
    const isNamed = sql.or([...byName, isOneOf(mapping, { value: users.key, type: users.type }, wanted)]);
    return selectRows<Named>(tx)`select ${dialect.text(users.key)} as id, ${displayed(users.names)} as name,
      ${jsonArray(mapping, users.names)} as aliases from ${users.table} u where ${isNamed}`;
  }
  // nothing but their sessions says who there is
  if (!user || user.decoded) return wanted.map((id) => ({ id, name: null, aliases: null }));
  const ids = await selectValues<string>(tx)`
    select distinct ${dialect.text(user.value)} from ${table} s where ${sql.and(only, isOneOf(mapping, user, wanted))}`;
  return ids.map((id) => ({ id, name: null, aliases: null }));
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

/** Names that begin alike, or are few enough to take all. */
export async function similarNames(tx: Transaction, { users, dialect }: Mapping, name: string): Promise<string[]> {
  if (!users) return [];
  const any = displayed(users.names);
  const start = dialect.startsWith(sql`lower(${any})`, name.toLowerCase().slice(0, 1));
  return selectValues<string>(tx)`select * from (select ${any} as name from ${users.table} u where ${start} limit 500) x
    union select * from (select ${any} as name from ${users.table} u where ${any} is not null limit 500) y`;
}

export async function namesContaining(tx: Transaction, { users, dialect }: Mapping, part: string, limit: number) {
  if (!users) return [];
  const any = displayed(users.names);
  return selectValues<string>(tx)`
    select ${any} as name from ${users.table} u where ${dialect.contains(any, part)} order by 1 limit ${limit}`;
}
