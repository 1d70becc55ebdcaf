import type { User } from '../../model/user.ts';
import { type Column, type ListView, timeColumn } from '../columns.ts';

const USER_COLUMNS = {
  user: { title: 'USER', value: (u) => u.username, shrink: 8, outside: true },
  role: { title: 'ROLE', value: (u) => u.role },
  status: { title: 'STATUS', value: (u) => (u.active === null ? null : u.active ? 'active' : 'inactive') },
  sessions: { title: 'SESSIONS', value: (u) => u.liveSessions },
  limit: {
    title: 'LIMIT',
    value: (u) => (u.limitOrigin === null ? null : (u.sessionLimit ?? 'unlimited')),
    show: limitWords,
  },
  seen: timeColumn('SEEN', (u) => u.lastSeenAt),
  login: timeColumn('LOGIN', (u) => u.lastLoginAt),
  email: { title: 'E-MAIL', value: (u) => u.email, shrink: 10, outside: true },
  origin: { title: 'LIMIT FROM', value: (u) => u.limitOrigin },
  over: {
    title: 'OVER LIMIT',
    value: (u) => u.overLimit,
    show: (u) => (u.overLimit === null ? '' : u.overLimit ? 'yes' : 'no'),
  },
  created: timeColumn('CREATED', (u) => u.createdAt),
  uuid: { title: 'UUID', value: (u) => u.id },
} satisfies Record<string, Column<User>>;

export const USER_LIST: ListView<User, keyof typeof USER_COLUMNS, 'users'> = {
  key: 'users',
  columns: USER_COLUMNS,
  orders: {
    name: { column: 'user', rising: true },
    sessions: { column: 'sessions', rising: false },
    seen: { column: 'seen', rising: false },
  },
  names: ['user', 'role', 'status', 'sessions', 'limit', 'seen', 'login'],
  wide: ['user', 'role', 'status', 'sessions', 'limit', 'over', 'seen', 'login', 'email', 'created'],
  expendable: ['login', 'role', 'status'],
  dim: (u) => u.active === false,
};

/** "5", "unlimited", "3 (own)"; with an exclamation mark where there are more sessions than that. */
function limitWords(user: User): string {
  if (user.limitOrigin === null) return '';
  const own = user.limitOrigin === 'own' ? ' (own)' : '';
  return `${user.sessionLimit ?? 'unlimited'}${own}${user.overLimit ? ' !' : ''}`;
}
