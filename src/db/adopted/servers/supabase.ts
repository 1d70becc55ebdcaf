import type { ServerDescription } from '../../../model/server.ts';

export const SUPABASE: ServerDescription = {
  name: 'supabase',
  title: 'Supabase Auth',
  engines: ['postgres'],
  schema: 'auth',
  table: 'sessions',
  key: { column: 'id', secret: false },
  user: { places: [{ column: 'user_id' }], table: 'users', key: 'id', names: ['email', 'phone'] },
  created: { column: 'created_at', kind: 'timestamptz' },
  // a session is only looked at when its access token is refreshed
  active: { column: 'updated_at', kind: 'timestamptz', every: { option: 'update-age' } },
  expires: { column: 'not_after', kind: 'timestamptz' },
  ip: { column: 'ip' },
  agent: { column: 'user_agent' },
  // refresh tokens go with their session: their foreign key cascades
  revoke: { set: null },
  late: 'An access token is accepted until its exp, 1 hour after it was made by default; only then is the session missed.',
  unseen:
    'Limits of the configuration (time-box, inactivity, one session per user) and bans are not in this table, so such a session counts as live.',
  prunes: 'Supabase Auth itself, a few at a time; sessions without not_after stay.',
  options: {
    'update-age': { about: 'How long an access token is valid (JWT expiry).', kind: 'duration', preset: '1h' },
  },
};
