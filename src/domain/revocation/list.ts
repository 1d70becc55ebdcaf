import type { Transaction } from '../../db/port/database.ts';
import { REVOCATION_ROWS, type ResolvedRevocationFilter } from '../../db/revocation/list.ts';
import type { Revocation, RevocationFilter } from '../../model/revocation.ts';
import { BY_NUMBER } from '../list/cursor.ts';
import { makeList } from '../list/list.ts';
import { requireUsers } from '../user/users.ts';

/** Revocations, newest first. */
export const REVOCATIONS = makeList({
  rows: REVOCATION_ROWS,
  orders: BY_NUMBER,
  keys: ({ id }: Revocation) => [id],
  resolve,
});

async function resolve(tx: Transaction, { user: name, ...rest }: RevocationFilter): Promise<ResolvedRevocationFilter> {
  if (name === undefined) return rest;
  const [user] = await requireUsers(tx, [name]);
  return user ? { ...rest, user } : rest;
}
