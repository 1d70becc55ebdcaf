import type { Transaction } from '../../db/port/database.ts';
import { TomoError } from '../../model/errors.ts';
import type { UserRow } from '../../model/user.ts';
import { didYouMean } from '../text/did-you-mean.ts';

export type { UserRow };

/** The users with these names, in that order and each once. Throws NOT_FOUND for the first that does not exist. */
export async function requireUsers(tx: Transaction, usernames: string[]): Promise<UserRow[]> {
  const users = new Map<string, UserRow>();
  for (const [i, user] of (await tx.sessions.users.named(tx, usernames)).entries()) {
    const name = usernames[i] ?? '';
    if (!user) {
      const hint = didYouMean(name, await tx.sessions.users.similar(tx, name));
      throw new TomoError('NOT_FOUND', `There is no user "${name}".`, hint ? { hint } : {});
    }
    users.set(user.id, user);
  }
  return [...users.values()];
}

/** The ids of the users with these names; undefined: none are named. Throws NOT_FOUND. */
export async function userIdsOf(tx: Transaction, usernames: string[] | undefined): Promise<string[] | undefined> {
  return usernames && (await requireUsers(tx, usernames)).map(({ id }) => id);
}
