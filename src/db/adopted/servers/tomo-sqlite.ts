import type { ServerDescription } from '../../../model/server.ts';

/** The server that keeps its sessions in a file; its own rules are in its service of sessions. */
export const TOMO_SQLITE: ServerDescription = {
  name: 'tomo-sqlite',
  title: 'Tomo (SQLite)',
  engines: ['sqlite'],
  table: 'sessions',
  key: { column: 'id', secret: false },
  user: {
    places: [{ column: 'user_id' }],
    table: 'users',
    key: 'id',
    names: ['username'],
    active: { column: 'is_active', in: [1] },
  },
  created: { column: 'created_at', kind: 'text-iso' },
  active: { column: 'last_activity', kind: 'text-iso' },
  expires: { column: 'expires_at', kind: 'text-iso' },
  live: [{ column: 'status', in: ['active', 'idle'] }],
  ended: {
    when: { column: 'status', in: ['terminated'] },
    at: { column: 'terminated_at', kind: 'text-iso' },
    by: { column: 'terminated_by' },
    how: 'ended',
  },
  ip: { column: 'ip_address' },
  agent: { column: 'user_agent' },
  revoke: {
    set: { status: { value: 'terminated' }, terminated_at: { now: 'text-iso' }, terminated_by: { actor: true } },
    unset: { status: { value: 'active' }, terminated_at: { value: null }, terminated_by: { value: null } },
  },
  cleanup: {
    mark: { status: { value: 'expired' }, terminated_at: { now: 'text-iso' }, terminated_by: { value: 'system' } },
    keeps: { table: 'retention_settings', column: 'session_retention' },
  },
  late: 'Pages that look at the token alone (account, password, retention) accept it until its exp, at most 24 hours; only another JWT_SECRET_KEY and a restart end that, for everybody.',
  unseen: 'Whether a session was revoked or logged out is told apart only by who has ended it.',
  prunes: 'Nothing: it marks what has run out, and deletes no session.',
};
