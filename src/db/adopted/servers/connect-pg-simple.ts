import type { ServerDescription } from '../../../model/server.ts';

export const CONNECT_PG_SIMPLE: ServerDescription = {
  name: 'connect-pg-simple',
  title: 'connect-pg-simple (express-session)',
  engines: ['postgres'],
  table: 'session',
  key: { column: 'sid', secret: true },
  user: {
    places: [
      { column: 'sess', path: ['passport', 'user'] },
      { column: 'sess', path: ['userId'] },
      { column: 'sess', path: ['user', 'id'] },
    ],
    table: 'users',
    key: 'id',
    names: ['username', 'email'],
  },
  active: { from: 'expires', minus: { column: 'sess', path: ['cookie', 'originalMaxAge'], unit: 'ms' } },
  expires: { column: 'expire', kind: 'timestamp-local' },
  secrets: ['sess'],
  // a request that has read its session writes it again when it ends, with resave or where it has changed something
  revoke: { set: null, recheck: 2 },
  late: 'A request in flight can bring its session back when it ends, so the table is looked at again after 2 seconds.',
  unseen:
    'When a session began, its address and its browser are not kept; the last activity only where cookies have a maxAge.',
  prunes: 'connect-pg-simple itself, every 15 minutes (pruneSessionInterval).',
  options: {
    user: { about: 'Where the id of the user is in the session, e.g. passport.user.', kind: 'path' },
    zone: { about: 'The time zone in which the application writes `expire`, e.g. America/New_York.', kind: 'zone' },
    table: { about: 'The table of sessions, where it is not `session`.', kind: 'text' },
    users: { about: 'The table of users of the application, where it is not `users`.', kind: 'text' },
    'user-key': { about: 'Its column that a session names.', kind: 'text' },
    'user-name': { about: 'Its column with the name of the user.', kind: 'text' },
  },
};
