import { parseActivityFilter } from '../../../domain/activity/filter.ts';
import { ACTIVITY } from '../../../domain/activity/list.ts';
import { parseFields } from '../../../domain/list/field-search.ts';
import { showSession } from '../../../domain/session/show.ts';
import { ACTIVITY_KINDS, type ActivityEntry, type ActivityFilter } from '../../../model/activity.ts';
import type { ActivityKind } from '../../../model/session.ts';
import { ACTIVITY_LIST } from '../../../views/activity/columns.ts';
import { renderList } from '../../../views/list.ts';
import { renderSession } from '../../../views/session/show.ts';
import type { View } from '../view.ts';
import { inOrder } from './in-order.ts';
import { oneOf } from './one-of.ts';

export const ACTIVITY_VIEW: View<ActivityEntry> = {
  name: 'activity',
  noun: 'request',
  access: 'admin',
  tomoOnly: true,
  sorts: Object.keys(ACTIVITY_LIST.orders ?? {}),
  columns: ACTIVITY_LIST.names,
  filters: ['all', ...ACTIVITY_KINDS],
  searches: 'a part of the path, user:alice, ip:203.0.113.0/24, status:4xx, since:2h, until:1h',
  into: { view: 'sessions', words: 'its session' },
  actions: [],
  id: ({ at, sessionId, kind, name, path, status }) => JSON.stringify([at, sessionId, kind, name, path, status]),
  async page(db, query, { now }) {
    const { scope, search, filter } = query;
    const { fields, words } = parseFields(search, ['user', 'ip', 'status', 'since', 'until', 'path']);
    const input = {
      session: scope?.session,
      user: scope?.username ? [scope.username] : fields.user,
      ip: fields.ip,
      status: fields.status?.flatMap((text) => text.split(',')),
      since: fields.since?.at(-1),
      until: fields.until?.at(-1),
      path: fields.path?.at(-1) ?? (words.join(' ') || undefined),
      kind: filter === 'all' ? undefined : [oneOf<ActivityKind>(ACTIVITY_KINDS, filter, 'kind')],
    };
    const parsed = parseActivityFilter(input, now);
    return inOrder<ActivityFilter, ActivityEntry, keyof typeof ACTIVITY_LIST.columns, 'latest' | 'earliest'>(
      db,
      query,
      {
        view: ACTIVITY_LIST,
        list: ACTIVITY,
        filter: parsed,
        usual: 'latest',
      },
    );
  },
  table: (rows, _, look) => renderList(rows, ACTIVITY_LIST, look),
  which: (rows, look) => renderList(rows, ACTIVITY_LIST, look),
  tone: ({ status }) => ((status ?? 0) >= 500 ? 'bad' : (status ?? 0) >= 400 ? 'odd' : 'usual'),
  stamp: () => '',
  enter: ({ sessionId }) => ({
    view: 'sessions',
    scope: { of: sessionId.slice(0, 8), session: sessionId },
    filter: 'all',
  }),
  owner: ({ username }) => (username === null ? null : { of: `of ${username}`, username }),
  async details(db, { sessionId }) {
    const details = await showSession(db, sessionId, 0);
    return (look) => renderSession(details, look);
  },
};
