import type { ServerDescription } from '../../../model/server.ts';

export const SPRING: ServerDescription = {
  name: 'spring',
  title: 'Spring Session JDBC',
  engines: ['postgres'],
  table: 'spring_session',
  key: { column: 'primary_id', secret: false },
  user: { places: [{ column: 'principal_name' }] },
  created: { column: 'creation_time', kind: 'epoch-ms' },
  active: { column: 'last_access_time', kind: 'epoch-ms' },
  // what a negative max_inactive_interval makes of it: no end
  expires: { column: 'expiry_time', kind: 'epoch-ms', unset: '9223372036854775807' },
  secrets: ['session_id'],
  // attributes go with their session: their foreign key cascades
  revoke: { set: null },
  unseen: 'Address and browser are not kept; users who have no session are not known.',
  prunes: 'Spring Session itself, every minute.',
  options: {
    table: { about: 'The table of sessions, where spring.session.jdbc.table-name is another.', kind: 'text' },
  },
};
