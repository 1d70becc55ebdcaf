import { read } from '../../db/port/database.ts';
import type { UserFilter, UserSort } from '../../model/user.ts';
import { makeList, PASS } from '../list/list.ts';
import { COUNT_CAP } from '../list/page.ts';

const LIST = makeList({
  rows: {
    page: (tx, filter: UserFilter, ...of) => tx.sessions.users.list.page(tx, filter, ...of),
    stream: (tx, filter: UserFilter, start) => tx.sessions.users.list.stream(tx, filter, start),
    count: (tx, filter: UserFilter, last) => tx.sessions.users.list.count(tx, filter, last),
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

/** Users. */
export const USERS: typeof LIST = {
  ...LIST,
  async byColumn(db, filter, by, limit) {
    const { byColumn } = db.sessions.users;
    // the embedded database knows no order of languages
    if (db.embedded || !byColumn) return null;
    return read(db, (tx) => byColumn(tx, filter, by, limit, COUNT_CAP + 1), PASS);
  },
};
