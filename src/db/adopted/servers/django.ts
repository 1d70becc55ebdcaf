import type { ServerDescription } from '../../../model/server.ts';

export const DJANGO: ServerDescription = {
  name: 'django',
  title: 'Django',
  engines: ['postgres'],
  table: 'django_session',
  key: { column: 'session_key', secret: true },
  user: {
    decode: { column: 'session_data', how: 'django' },
    table: 'auth_user',
    key: 'id',
    names: ['username', 'email'],
  },
  expires: { column: 'expire_date', kind: 'timestamptz' },
  secrets: ['session_data'],
  revoke: { set: null },
  late: 'With the engine cached_db the cache still knows a revoked session, until it forgets it or is cleared.',
  unseen:
    'When a session began, its activity, address and browser are not kept; whose it is only where SESSION_SERIALIZER is JSON.',
  prunes: 'manage.py clearsessions',
  options: {
    users: { about: 'The table of users, where AUTH_USER_MODEL is another.', kind: 'text' },
    'user-key': { about: 'Its primary key.', kind: 'text' },
    'user-name': { about: 'Its column with the name of the user.', kind: 'text' },
  },
};
