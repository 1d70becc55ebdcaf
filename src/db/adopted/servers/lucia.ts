import type { ServerDescription } from '../../../model/server.ts';

export const LUCIA: ServerDescription = {
  name: 'lucia',
  title: 'Lucia v3',
  engines: ['postgres', 'sqlite'],
  table: 'user_session',
  key: { column: 'id', secret: true },
  user: { places: [{ column: 'user_id' }], table: 'auth_user', key: 'id', names: ['username', 'email'] },
  expires: { column: 'expires_at', kind: 'timestamptz' },
  revoke: { set: null },
  unseen: 'When a session began, its activity, address and browser are not kept.',
  prunes: 'The application, where it calls lucia.deleteExpiredSessions().',
  options: {
    table: { about: 'The table of sessions, where the adapter is told another than `user_session`.', kind: 'text' },
    users: { about: 'The table of users, where the adapter is told another than `auth_user`.', kind: 'text' },
    'user-name': { about: 'Its column with the name of the user.', kind: 'text' },
    zone: { about: 'The time zone in which expires_at is written, where its type has none.', kind: 'zone' },
  },
};
