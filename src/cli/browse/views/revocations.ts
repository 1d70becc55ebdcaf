import { parseFields } from '../../../domain/list/field-search.ts';
import { parseRevocationFilter } from '../../../domain/revocation/filter.ts';
import { REVOCATIONS } from '../../../domain/revocation/list.ts';
import { restoreSessions } from '../../../domain/revocation/restore.ts';
import type { Revocation } from '../../../model/revocation.ts';
import { renderList } from '../../../views/list.ts';
import { REVOCATION_LIST } from '../../../views/revocation/columns.ts';
import { renderRevocation } from '../../../views/revocation/show.ts';
import { restoredNote } from '../../../views/session/browse.ts';
import type { View } from '../view.ts';
import { inOrder } from './in-order.ts';

export const REVOCATIONS_VIEW: View<Revocation> = {
  name: 'revocations',
  noun: 'revocation',
  access: 'admin',
  tomoOnly: false,
  sorts: Object.keys(REVOCATION_LIST.orders ?? {}),
  columns: REVOCATION_LIST.names,
  filters: ['all', 'restorable', 'standing', 'restored'],
  searches: 'a user name, user:alice, since:2h, until:1h',
  into: { view: 'sessions', words: 'the sessions it ended' },
  actions: [
    {
      key: 'u',
      name: 'restore',
      what: 'undo the one under the cursor',
      foot: 'undo',
      access: 'admin',
      single: true,
      undoes: true,
      none: 'That cannot be undone, or not any more.',
      fits: ({ state }) => state === 'restorable',
      async run(db, rows, _, { actor }) {
        const report = await restoreSessions(db, rows[0]?.id ?? 0, actor);
        return { message: restoredNote(report) };
      },
    },
  ],
  id: ({ id }) => String(id),
  async page(db, query, { now }) {
    const { scope, search, filter } = query;
    const { fields, words } = parseFields(search, ['user', 'since', 'until']);
    const input = {
      user: scope?.username ?? fields.user?.at(-1) ?? words[0],
      since: fields.since?.at(-1),
      until: fields.until?.at(-1),
      restorable: filter === 'restorable',
      standing: filter === 'standing',
      restored: filter === 'restored',
    };
    const parsed = parseRevocationFilter(input, now);
    return inOrder(db, query, { view: REVOCATION_LIST, list: REVOCATIONS, filter: parsed, usual: 'newest' });
  },
  table: (rows, _, look) => renderList(rows, REVOCATION_LIST, look),
  which: (rows, look) => renderList(rows, REVOCATION_LIST, look),
  tone: ({ state }) =>
    (({ restorable: 'fresh', compromised: 'bad', restored: 'over' }) as const)[state as 'restored'] ?? 'usual',
  stamp: ({ state, sessions }) => JSON.stringify([state, sessions]),
  enter: ({ id }) => ({ view: 'sessions', scope: { of: `ended by revocation ${id}`, revocation: id }, filter: 'all' }),
  owner: ({ username, userId }) => (username === null ? null : { of: `of ${username}`, username, userId }),
  // what a restore would bring looks at each of its sessions, which may be everybody's: Enter shows the first of them
  details: async (_db, revocation) => (look) =>
    renderRevocation({ revocation, kept: [], forecast: null, sessions: [] }, look),
};
