import {
  ACTIVITY_ROWS,
  type ActivityOrder,
  type ActivityRow,
  type SessionWithActivity,
  selectSessionsWithActivity,
} from '../../db/activity/activity.ts';
import type { Transaction } from '../../db/port/database.ts';
import type { ActivityFilter } from '../../model/activity.ts';
import { TomoError } from '../../model/errors.ts';
import { byDigits, findByPrefix, type Identified } from '../list/id-prefix.ts';
import { makeList } from '../list/list.ts';
import { requireUsers } from '../user/users.ts';

const SESSIONS: Identified<SessionWithActivity> = {
  ...byDigits('session', selectSessionsWithActivity),
  describe: ({ username, deleted }) => [username, deleted && '(deleted)'].filter(Boolean).join(' '),
};

/** What sessions did. */
export const ACTIVITY = makeList<ActivityFilter, ActivityFilter, ActivityRow, ActivityOrder>({
  rows: ACTIVITY_ROWS,
  orders: { latest: ['t', 'time', 'uuid', 'row'], earliest: ['e', 'time', 'uuid', 'row'] },
  keys: ({ at, sessionId, row = '' }) => [at, sessionId, row],
  shown: ({ row: _, ...entry }) => entry,
  resolve,
});

/** The filter with the whole id of its session. Activity is kept longer than sessions, so it is looked up there. */
async function resolve(tx: Transaction, { not, ...filter }: ActivityFilter): Promise<ActivityFilter> {
  const chosen = await named(tx, filter);
  return not ? { ...chosen, not: await named(tx, not) } : chosen;
}

async function named(tx: Transaction, filter: ActivityFilter): Promise<ActivityFilter> {
  if (filter.users) await requireUsers(tx, filter.users);
  if (filter.session === undefined) return filter;
  const session = await findByPrefix(tx, SESSIONS, filter.session);
  if (session) return { ...filter, session: session.id };
  throw new TomoError('NOT_FOUND', `There is no session ${filter.session}, and no activity of one.`, {
    reason: 'no-such-session',
  });
}
