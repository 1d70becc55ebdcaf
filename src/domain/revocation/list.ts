import { type Database, read, type Transaction } from '../../db/port/database.ts';
import {
  countRevocations,
  type ResolvedRevocationFilter,
  selectRevocations,
  streamRevocations,
} from '../../db/revocation/list.ts';
import type { Revocation, RevocationFilter } from '../../model/revocation.ts';
import { numberCursor } from '../list/cursor.ts';
import { COUNT_CAP, handOver, type ListPage } from '../list/page.ts';
import { requireUsers } from '../user/users.ts';

/** One page, newest first; `after`: the number of the last one on the page before. Throws NOT_FOUND for an unknown user. */
export function listRevocations(
  db: Database,
  filter: RevocationFilter,
  options: { limit: number; after: string | undefined; withTotal: boolean },
): Promise<ListPage<Revocation>> {
  return read(db, async (tx) => {
    const resolved = await resolve(tx, filter);
    const found = await selectRevocations(tx, resolved, numberCursor(options.after), options.limit + 1);
    const rows = found.slice(0, options.limit);
    const more = found.length > options.limit;
    return {
      rows,
      nextCursor: more ? String(rows.at(-1)?.id) : null,
      total: more && options.withTotal ? await countRevocations(tx, resolved, COUNT_CAP + 1) : null,
    };
  });
}

/** All of them as JSON text, handed to `write` one by one from one snapshot. */
export function exportRevocations(
  db: Database,
  filter: RevocationFilter,
  after: string | undefined,
  write: (json: string) => Promise<void> | undefined,
): Promise<void> {
  return read(
    db,
    async (tx) => handOver(streamRevocations(tx, await resolve(tx, filter), numberCursor(after)), write),
    { statementTimeout: 0 },
  );
}

export function countAllRevocations(db: Database, filter: RevocationFilter): Promise<number> {
  return read(db, async (tx) => countRevocations(tx, await resolve(tx, filter), null));
}

async function resolve(tx: Transaction, { user: name, ...rest }: RevocationFilter): Promise<ResolvedRevocationFilter> {
  if (name === undefined) return rest;
  const [user] = await requireUsers(tx, [name]);
  return user ? { ...rest, user } : rest;
}
