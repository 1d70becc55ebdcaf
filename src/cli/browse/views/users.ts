import { canUndo } from '../../../domain/revocation/restore-adopted.ts';
import { revokeUsers } from '../../../domain/revocation/revoke-epoch.ts';
import { USERS } from '../../../domain/user/list.ts';
import { showUser } from '../../../domain/user/show.ts';
import type { User, UserFilter, UserSort } from '../../../model/user.ts';
import { renderList } from '../../../views/list.ts';
import { renderUsersRevoked } from '../../../views/session/revoke.ts';
import { USER_LIST } from '../../../views/user/columns.ts';
import { renderUser, SHOWN } from '../../../views/user/show.ts';
import type { View } from '../view.ts';
import { inOrder } from './in-order.ts';
import { revokeAllOf } from './revoke-all-of.ts';

const FILTERS: Record<string, UserFilter> = {
  all: {},
  'with-sessions': { withSessions: true },
  'over-limit': { overLimit: true },
  inactive: { active: false },
};

export const USERS_VIEW: View<User> = {
  name: 'users',
  noun: 'user',
  access: 'admin',
  tomoOnly: false,
  sorts: Object.keys(USER_LIST.orders ?? {}),
  columns: USER_LIST.names,
  filters: Object.keys(FILTERS),
  searches: 'a part of the name or e-mail address',
  into: { view: 'sessions', words: 'its sessions' },
  actions: [
    revokeAllOf('of', ({ id }, currentUser) => id === currentUser, {
      name: 'revoke-user',
      none: 'Nobody under the cursor or among the marked has a live session.',
      async run(db, rows, reason, { actor }) {
        const names = rows.map(({ id, username, unknownFields }) => (unknownFields ? `id:${id}` : username));
        const note = { actor, reason: reason || null, compromised: false };
        const users = await revokeUsers(db, names, note, { keep: [], expect: null });
        const [made] = users.flatMap(({ revocation }) => revocation ?? []);
        const undo = users.length === 1 && canUndo(db) ? (made ?? null) : null;
        return { message: renderUsersRevoked(users).replaceAll('\n', ' '), undo };
      },
    }),
  ],
  id: ({ id }) => id,
  page(db, query) {
    const filter = { ...FILTERS[query.filter], name: query.search.trim() || undefined };
    return inOrder(db, query, { view: USER_LIST, list: USERS, filter, usual: 'name' as UserSort });
  },
  table: (rows, _, look) => renderList(rows, USER_LIST, look),
  which: (rows, look) => renderList(rows, USER_LIST, look, { names: ['user', 'sessions', 'seen'], left: [] }),
  tone: ({ active, overLimit, liveSessions }) =>
    active === false ? 'over' : overLimit ? 'bad' : liveSessions > 0 ? 'fresh' : 'usual',
  stamp: ({ active, liveSessions, lastSeenAt, sessionLimit }) =>
    JSON.stringify([active, liveSessions, lastSeenAt, sessionLimit]),
  enter: ({ id, username }) => ({ view: 'sessions', scope: { of: `of ${username}`, username, userId: id } }),
  owner: () => null,
  async details(db, { id, username, unknownFields }) {
    const details = await showUser(db, unknownFields ? `id:${id}` : username, SHOWN);
    return (look) => renderUser(details, look);
  },
};
