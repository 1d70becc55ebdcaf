import type { ServerDescription } from '../../../model/server.ts';

export const BETTER_AUTH: ServerDescription = {
  name: 'better-auth',
  title: 'better-auth',
  engines: ['postgres', 'sqlite'],
  table: 'session',
  key: { column: 'id', secret: false },
  user: { places: [{ column: 'userId' }], table: 'user', key: 'id', names: ['username', 'email'] },
  created: { column: 'createdAt', kind: 'timestamptz' },
  active: { column: 'updatedAt', kind: 'timestamptz', every: { option: 'update-age' } },
  expires: { column: 'expiresAt', kind: 'timestamptz' },
  ip: { column: 'ipAddress' },
  agent: { column: 'userAgent' },
  secrets: ['token'],
  revoke: { set: null },
  late: 'With the cookie cache (session.cookieCache) a browser stays in until its maxAge is over, 5 minutes by default.',
  unseen: 'Sessions that are kept in a secondary storage alone, such as Redis, are not in this table.',
  prunes: 'Nothing: dead sessions stay until their user comes back.',
  options: {
    'update-age': {
      about: 'How often activity is written at most (session.updateAge).',
      kind: 'duration',
      preset: '1d',
    },
  },
};
