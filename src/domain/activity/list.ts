import {
  type ActivityCursor,
  countActivity,
  selectActivityPage,
  selectSessionsWithActivity,
  streamActivity,
} from '../../db/activity/activity.ts';
import { type Database, read, type Transaction } from '../../db/port/database.ts';
import type { ActivityEntry, ActivityFilter } from '../../model/activity.ts';
import { TomoError } from '../../model/errors.ts';
import { decodeKeys, encodeKeys, type Orders } from '../list/cursor.ts';
import { findByPrefix, type Identified } from '../list/id-prefix.ts';
import { handOver, type ListPage } from '../list/page.ts';
import { requireUsers } from '../user/users.ts';

const SESSIONS: Identified<{ id: string; username: string | null }> = {
  noun: 'session',
  describe: ({ username }) => username ?? '(deleted)',
  byRange: selectSessionsWithActivity,
};

const ORDERS: Orders<'time'> = { time: ['t', 'time', 'uuid', 'row'] };

/** One page, latest first. Throws NOT_FOUND for an unknown user or session, AMBIGUOUS_ID, INVALID_INPUT. */
export function listActivity(
  db: Database,
  filter: ActivityFilter,
  options: { limit: number; after: string | undefined },
): Promise<ListPage<ActivityEntry>> {
  return read(db, async (tx) => {
    const found = await selectActivityPage(tx, await resolved(tx, filter), {
      after: cursorOf(options.after),
      limit: options.limit + 1,
    });
    const rows = found.slice(0, options.limit);
    const last = rows.at(-1);
    return {
      rows: rows.map(({ entry }) => entry),
      nextCursor:
        found.length > rows.length && last
          ? encodeKeys(ORDERS, 'time', [last.entry.at, last.entry.sessionId, last.row])
          : null,
    };
  });
}

/** Everything a filter selects, as JSON text, handed to `write` one by one from one snapshot. */
export function exportActivity(
  db: Database,
  filter: ActivityFilter,
  options: { order: 'latest' | 'earliest'; after?: string | undefined },
  write: (json: string) => Promise<void> | undefined,
): Promise<void> {
  return read(
    db,
    async (tx) =>
      handOver(streamActivity(tx, await resolved(tx, filter), options.order, cursorOf(options.after)), write),
    {
      statementTimeout: 0,
    },
  );
}

/** The exact number of entries a filter selects. */
export function countActivityExactly(db: Database, filter: ActivityFilter): Promise<number> {
  return read(db, async (tx) => countActivity(tx, await resolved(tx, filter)), {
    statementTimeout: 60_000,
    parallel: true,
  });
}

/** The filter with the whole id of its session. Activity is kept longer than sessions, so it is looked up there. */
async function resolved(tx: Transaction, filter: ActivityFilter): Promise<ActivityFilter> {
  if (filter.users) await requireUsers(tx, filter.users);
  if (filter.session === undefined) return filter;
  const session = await findByPrefix(tx, SESSIONS, filter.session);
  if (session) return { ...filter, session: session.id };
  throw new TomoError('NOT_FOUND', `There is no session ${filter.session}, and no activity of one.`, {
    reason: 'no-such-session',
  });
}

function cursorOf(after: string | undefined): ActivityCursor | null {
  if (after === undefined) return null;
  const [at = '', session = '', row = ''] = decodeKeys(ORDERS, 'time', after);
  return { at, session, row };
}
