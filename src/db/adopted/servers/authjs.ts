import type { ServerDescription } from '../../../model/server.ts';

export const AUTHJS: ServerDescription = {
  name: 'authjs',
  title: 'Auth.js (@auth/pg-adapter)',
  engines: ['postgres'],
  table: 'sessions',
  key: { column: 'id', secret: false },
  user: { places: [{ column: 'userId' }], table: 'users', key: 'id', names: ['email'] },
  expires: { column: 'expires', kind: 'timestamptz' },
  secrets: ['sessionToken'],
  revoke: { set: null },
  unseen:
    'With the strategy "jwt" sessions are in cookies alone; when one began, its activity, address and browser are not kept.',
  prunes: 'Nothing: a dead session stays until its browser comes back.',
  options: { 'user-name': { about: 'The column of `users` with the name of the user.', kind: 'text' } },
};
