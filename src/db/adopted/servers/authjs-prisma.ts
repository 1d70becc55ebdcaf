import type { ServerDescription } from '../../../model/server.ts';

export const AUTHJS_PRISMA: ServerDescription = {
  name: 'authjs-prisma',
  title: 'Auth.js (@auth/prisma-adapter)',
  engines: ['postgres'],
  table: 'Session',
  key: { column: 'sessionToken', secret: true },
  user: { places: [{ column: 'userId' }], table: 'User', key: 'id', names: ['email'] },
  // Prisma writes UTC, and says so nowhere
  expires: { column: 'expires', kind: 'timestamp-utc' },
  revoke: { set: null },
  unseen:
    'With the strategy "jwt" sessions are in cookies alone; when one began, its activity, address and browser are not kept.',
  prunes: 'Nothing: a dead session stays until its browser comes back.',
  options: {
    table: { about: 'The table of sessions, where the Prisma schema maps it to another.', kind: 'text' },
    users: { about: 'The table of users, where the Prisma schema maps it to another.', kind: 'text' },
    'user-name': { about: 'Its column with the name of the user.', kind: 'text' },
  },
};
