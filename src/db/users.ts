import type { Transaction } from './database.ts';

export interface UserRow {
  id: string;
  username: string;
}

/** The users with these names, whatever their case. */
export async function selectUsers(tx: Transaction, usernames: string[]): Promise<UserRow[]> {
  return tx.query<UserRow>('select id, username from tomo.users where lower(username) = any($1::text[])', [
    usernames.map((name) => name.toLowerCase()),
  ]);
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
