import { type Database, read, type TransactionOptions } from '../../db/port/database.ts';
import { countUsers, selectUserPage, streamUsers, type UserCursor } from '../../db/user/list.ts';
import type { User, UserFilter, UserSort } from '../../model/user.ts';
import { decodeKeys, encodeKeys, type Orders } from '../list/cursor.ts';
import { COUNT_CAP, handOver, type ListPage } from '../list/page.ts';

const ORDERS: Orders<UserSort> = { name: ['n', 'name'], sessions: ['s', 'count', 'name'], seen: ['v', 'time', 'name'] };

/** Counting everybody's sessions is a pass over all of them. */
const PASS: TransactionOptions = { statementTimeout: 60_000, parallel: true };

/** One page of the users that match. */
export function listUsers(
  db: Database,
  filter: UserFilter,
  options: { sort: UserSort; limit: number; after: string | undefined; withTotal: boolean },
): Promise<ListPage<User>> {
  const { sort, limit } = options;
  return read(
    db,
    async (tx) => {
      const found = await selectUserPage(tx, filter, sort, { after: cursorOf(options), limit: limit + 1 });
      const rows = found.slice(0, limit);
      const last = rows.at(-1);
      if (found.length === rows.length || !last) return { rows };
      return {
        rows,
        nextCursor: encodeKeys(ORDERS, sort, keysOf(last, sort)),
        total: options.withTotal ? await countUsers(tx, filter, COUNT_CAP + 1) : null,
      };
    },
    sort === 'name' && !filter.overLimit ? {} : PASS,
  );
}

/** Every user that matches, as JSON text, handed to `write` one by one. */
export function exportUsers(
  db: Database,
  filter: UserFilter,
  options: { sort: UserSort; after: string | undefined },
  write: (json: string) => Promise<void> | undefined,
): Promise<void> {
  return read(db, async (tx) => handOver(streamUsers(tx, filter, options.sort, cursorOf(options)), write), {
    ...PASS,
    statementTimeout: 0,
  });
}

/** The exact number of users that match. */
export function countUsersExactly(db: Database, filter: UserFilter): Promise<number> {
  return read(db, (tx) => countUsers(tx, filter, null), PASS);
}

function cursorOf({ sort, after }: { sort: UserSort; after: string | undefined }): UserCursor | null {
  if (after === undefined) return null;
  const keys = decodeKeys(ORDERS, sort, after);
  return { key: sort === 'name' ? null : (keys[0] ?? null), username: keys.at(-1) ?? '' };
}

function keysOf(user: User, sort: UserSort): string[] {
  if (sort === 'name') return [user.username];
  return [sort === 'seen' ? (user.lastSeenAt ?? '-infinity') : String(user.liveSessions), user.username];
}
