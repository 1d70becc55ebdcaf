import type { ServerDescription } from '../../../model/server.ts';

export const DJANGO_USER_SESSIONS: ServerDescription = {
  name: 'django-user-sessions',
  title: 'django-user-sessions',
  engines: ['postgres'],
  table: 'user_sessions_session',
  key: { column: 'session_key', secret: true },
  user: { places: [{ column: 'user_id' }], table: 'auth_user', key: 'id', names: ['username', 'email'] },
  active: { column: 'last_activity', kind: 'timestamptz' },
  expires: { column: 'expire_date', kind: 'timestamptz' },
  ip: { column: 'ip' },
  agent: { column: 'user_agent' },
  secrets: ['session_data'],
  revoke: { set: null },
  unseen: 'When a session began is not kept; who has logged out stays as a session of nobody.',
  prunes: 'manage.py clearsessions',
  options: {
    users: { about: 'The table of users, where AUTH_USER_MODEL is another.', kind: 'text' },
    'user-key': { about: 'Its primary key.', kind: 'text' },
    'user-name': { about: 'Its column with the name of the user.', kind: 'text' },
  },
};
