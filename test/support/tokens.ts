import { makeSigningKeys, type SigningKeys, signToken } from '../../src/domain/token/token.ts';
import type { TestDatabase } from './database.ts';

export const KEY = 'the current key of more than 32 bytes';
export const PREVIOUS_KEY = 'a previous key of more than 32 bytes';
/** What the server and the operator have in their environment. */
export const KEY_ENV = { JWT_SECRET_KEY: KEY, JWT_PREVIOUS_SECRET_KEYS: PREVIOUS_KEY };
export const KEYS = makeSigningKeys(KEY, [PREVIOUS_KEY]);
export const OLD_KEYS = makeSigningKeys(PREVIOUS_KEY);
export const FOREIGN_KEYS = makeSigningKeys('somebody else has made this one up!');

/** A token of the session, as the server signs it. `minutes`: until it expires, from `age` minutes ago. */
export async function aToken(
  t: TestDatabase,
  sessionId: string,
  options: { keys?: SigningKeys; userId?: string; minutes?: number; age?: number; now?: Date } = {},
): Promise<string> {
  const { keys = KEYS, minutes = 60, age = 1, now = new Date() } = options;
  const [row] = await t.sql<{ user: string }>('select user_id as user from tomo.sessions where id = $1', [sessionId]);
  const userId = options.userId ?? row?.user ?? '00000000-0000-4000-8000-000000000000';
  return signToken(keys, { sessionId, userId, lifetime: minutes * 60, now: new Date(now.getTime() - age * 60_000) });
}
