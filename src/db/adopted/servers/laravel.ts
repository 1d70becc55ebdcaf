import type { ServerDescription } from '../../../model/server.ts';

export const LARAVEL: ServerDescription = {
  name: 'laravel',
  title: 'Laravel (SESSION_DRIVER=database)',
  engines: ['postgres'],
  table: 'sessions',
  key: { column: 'id', secret: true },
  user: { places: [{ column: 'user_id' }], table: 'users', key: 'id', names: ['username', 'email'] },
  active: { column: 'last_activity', kind: 'epoch-s' },
  expires: { from: 'active', plus: { option: 'lifetime' } },
  ip: { column: 'ip_address' },
  agent: { column: 'user_agent' },
  secrets: ['payload'],
  revoke: {
    set: null,
    // or the cookie of "remember me" logs in again
    also: [{ table: 'users', column: 'id', of: 'user', set: { remember_token: { value: null } } }],
  },
  unseen:
    'When a session began is not kept. "Remember me" of a user without a session in this table is not seen, and not ended. A revoked browser goes on as nobody, under the same id.',
  prunes: 'Laravel itself, in 2 of 100 requests (session.lottery).',
  options: {
    lifetime: {
      about: 'SESSION_LIFETIME as a duration, e.g. 120m; only the configuration knows it.',
      kind: 'duration',
    },
    users: { about: 'The table of users, where it is not `users`.', kind: 'text' },
    'user-name': { about: 'Its column with the name of the user.', kind: 'text' },
  },
};
