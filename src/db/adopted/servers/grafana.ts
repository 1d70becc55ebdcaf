import type { ServerDescription } from '../../../model/server.ts';

export const GRAFANA: ServerDescription = {
  name: 'grafana',
  title: 'Grafana',
  engines: ['postgres', 'sqlite'],
  table: 'user_auth_token',
  key: { column: 'id', secret: false },
  user: { places: [{ column: 'user_id' }], table: 'user', key: 'id', names: ['login', 'email'] },
  created: { column: 'created_at', kind: 'epoch-s' },
  // a token is exchanged every 10 minutes while its user is there
  active: { column: 'rotated_at', kind: 'epoch-s', every: 600 },
  expires: {
    earliest: [
      { from: 'active', plus: { option: 'idle' } },
      { from: 'created', plus: { option: 'lifetime' } },
    ],
  },
  ended: {
    when: { column: 'revoked_at', in: [0, null], not: true },
    at: { column: 'revoked_at', kind: 'epoch-s', unset: 0 },
    how: 'revoked',
  },
  ip: { column: 'client_ip' },
  agent: { column: 'user_agent' },
  secrets: ['auth_token', 'prev_auth_token'],
  revoke: { set: { revoked_at: { now: 'epoch-s' } }, unset: { revoked_at: { value: 0 } } },
  late: 'A web socket that is open (Grafana Live) stays open; every request is refused.',
  unseen: 'API keys, service accounts and sessions of an authenticating proxy are not in this table.',
  prunes: 'Grafana itself, every hour.',
  options: {
    idle: {
      about: 'login_maximum_inactive_lifetime_duration: how long a session lives without activity.',
      kind: 'duration',
      preset: '7d',
    },
    lifetime: {
      about: 'login_maximum_lifetime_duration: how long a session lives at most.',
      kind: 'duration',
      preset: '30d',
    },
  },
};
