import { type Database, read } from '../../db/port/database.ts';
import { TomoError } from '../../model/errors.ts';

/** More users than this are too many to be meant by a part of their names. */
const MOST = 100;

/**
 * Names of the users whose names contain one of these words; undefined: no words. Throws NOT_FOUND
 * where nobody's does.
 */
export async function usersContaining(db: Database, words: readonly string[]): Promise<string[] | undefined> {
  if (words.length === 0) return undefined;
  return read(db, async (tx) => {
    const names: string[] = [];
    for (const word of words) {
      const found = await tx.sessions.users.containing(tx, word, MOST + 1);
      if (found.length === 0) throw new TomoError('NOT_FOUND', `"${word}" is part of no user name.`);
      if (found.length > MOST)
        throw new TomoError('INVALID_INPUT', `"${word}" is part of the names of more than ${MOST} users.`);
      names.push(...found);
    }
    return names;
  });
}
