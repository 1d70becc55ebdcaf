import type { ServerDescription } from '../../../model/server.ts';

export const KRATOS: ServerDescription = {
  name: 'kratos',
  title: 'Ory Kratos',
  engines: ['postgres'],
  table: 'sessions',
  key: { column: 'id', secret: false },
  user: {
    places: [{ column: 'identity_id' }],
    table: 'identities',
    key: 'id',
    names: [
      { column: 'traits', path: ['username'] },
      { column: 'traits', path: ['email'] },
    ],
    active: { column: 'state', in: ['active'] },
  },
  created: { column: 'created_at', kind: 'timestamp-utc' },
  active: { column: 'updated_at', kind: 'timestamp-utc' },
  expires: { column: 'expires_at', kind: 'timestamp-utc' },
  live: [{ column: 'active', in: [true] }],
  ended: { when: { column: 'active', in: [true], not: true }, how: 'ended' },
  secrets: ['token', 'logout_token'],
  revoke: { set: { active: { value: false } }, unset: { active: { value: true } } },
  late: 'A session that was made into a token (tokenize_as) is accepted until the exp of that token.',
  unseen:
    'Requests are not noted: the last activity is the last change of the session. Address and browser are in another table, several for one session. Webhooks and events of Kratos do not run.',
  prunes: 'kratos cleanup sql',
  options: {
    'user-name': { about: 'Where the name is in the traits of an identity, e.g. traits.login.', kind: 'path' },
  },
};
