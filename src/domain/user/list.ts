import type { UserFilter, UserSort } from '../../model/user.ts';
import { makeList } from '../list/list.ts';

/** Users. */
export const USERS = makeList({
  rows: {
    page: (tx, filter: UserFilter, ...of) => tx.sessions.users.list.page(tx, filter, ...of),
    stream: (tx, filter: UserFilter, start) => tx.sessions.users.list.stream(tx, filter, start),
    count: (tx, filter: UserFilter, last) => tx.sessions.users.list.count(tx, filter, last),
    byColumn: async (tx, filter, ...of) => tx.sessions.users.list.byColumn?.(tx, filter, ...of) ?? null,
  },
  orders: { name: ['n', 'name', 'id'], sessions: ['s', 'number', 'name', 'id'], seen: ['v', 'time', 'name', 'id'] },
  keys({ id, username, liveSessions, lastSeenAt }, sort: UserSort) {
    const first = { name: [], sessions: [liveSessions], seen: [lastSeenAt ?? '-infinity'] }[sort];
    // on some servers two may have one name
    return [...first, username, id];
  },
  resolve: async (_tx, filter: UserFilter) => filter,
  // counting everybody's sessions
  isPass: (filter, sort, limit) => limit === null || sort !== 'name' || filter.overLimit === true,
});
