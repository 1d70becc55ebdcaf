import { TomoError } from '../../model/errors.ts';
import type { UserRow } from '../../model/user.ts';
import type { Transaction } from '../port/database.ts';
import { selectRows, selectValues, sql } from '../port/sql.ts';

/**
 * The users with these names, in that order, null where there is none. Case does not matter, and only the
 * database decides what that means: JavaScript lower-cases some letters otherwise. Throws AMBIGUOUS_ID where two
 * have the same name.
 */
export async function selectUsers(tx: Transaction, usernames: readonly string[]): Promise<(UserRow | null)[]> {
  const rows = await selectRows<{ n: number } & (UserRow | { id: null })>(tx)`
    select w.n::int, u.id, u.username, u.role from unnest(${usernames}::text[]) with ordinality w(name, n)
       left join tomo.users u on lower(u.username) = lower(w.name) order by w.n`;
  const twice = rows.find(({ n }, i) => n === rows[i + 1]?.n);
  if (twice) {
    throw new TomoError('AMBIGUOUS_ID', `More than one user is called "${usernames[twice.n - 1]}".`, {
      hint: 'The index that keeps names apart is damaged: reindex index tomo.users_username',
    });
  }
  return rows.map(({ n: _, ...user }) => (user.id === null ? null : user));
}

/** Names worth comparing with a mistyped one: they share its beginning, or are few enough to take all. */
export function selectSimilarUsernames(tx: Transaction, username: string): Promise<string[]> {
  const start = sql`${Array.from(username.toLowerCase())[0] ?? ''}::text`;
  return selectValues<string>(tx)`
    (select username from tomo.users
          where lower(username) >= ${start} and lower(username) < ${start} || chr(1114111) limit 500)
     union (select username from tomo.users limit 500)`;
}

/** Users whose name contains this, at most `limit`. */
export function selectUsernamesContaining(tx: Transaction, part: string, limit: number): Promise<string[]> {
  return selectValues<string>(tx)`
    select username from tomo.users where strpos(lower(username), lower(${part}::text)) > 0
      order by lower(username) limit ${limit}::bigint`;
}
