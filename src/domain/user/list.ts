import { USER_ROWS } from '../../db/user/list.ts';
import type { UserFilter, UserSort } from '../../model/user.ts';
import { makeList } from '../list/list.ts';

/** Users. */
export const USERS = makeList({
  rows: USER_ROWS,
  orders: { name: ['n', 'name'], sessions: ['s', 'number', 'name'], seen: ['v', 'time', 'name'] },
  keys({ username, liveSessions, lastSeenAt }, sort: UserSort) {
    return { name: [username], sessions: [liveSessions, username], seen: [lastSeenAt ?? '-infinity', username] }[sort];
  },
  resolve: async (_tx, filter: UserFilter) => filter,
  // counting everybody's sessions
  isPass: (filter, sort, limit) => limit === null || sort !== 'name' || filter.overLimit === true,
});
