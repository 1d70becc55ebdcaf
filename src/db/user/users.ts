import type { Transaction } from '../port/database.ts';

export interface UserRow {
  id: string;
  username: string;
  role: 'admin' | 'user' | 'readonly';
}

/**
 * The users with these names, in that order, null where there is none. Case does not matter, and only the database
 * decides what that means: JavaScript lower-cases some letters otherwise.
 */
export async function selectUsers(tx: Transaction, usernames: string[]): Promise<(UserRow | null)[]> {
  const rows = await tx.query<UserRow | { id: null }>(
    `select u.id, u.username, u.role from unnest($1::text[]) with ordinality w(name, n)
       left join tomo.users u on lower(u.username) = lower(w.name) order by w.n`,
    [usernames],
  );
  return rows.map((row) => (row.id === null ? null : row));
}

/** Names worth comparing with a mistyped one: they share its beginning, or are few enough to take all. */
export async function selectSimilarUsernames(tx: Transaction, username: string): Promise<string[]> {
  const rows = await tx.query<{ username: string }>(
    `(select username from tomo.users where lower(username) >= $1 and lower(username) < $1 || chr(1114111) limit 500)
     union (select username from tomo.users limit 500)`,
    [username.toLowerCase().slice(0, 1)],
  );
  return rows.map((row) => row.username);
}

/** Users whose name contains this, at most `limit`. */
export async function selectUsernamesContaining(tx: Transaction, part: string, limit: number): Promise<string[]> {
  const rows = await tx.query<{ username: string }>(
    'select username from tomo.users where strpos(lower(username), lower($1)) > 0 order by lower(username) limit $2',
    [part, limit],
  );
  return rows.map((row) => row.username);
}
