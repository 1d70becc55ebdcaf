import type { Database } from '../../../db/port/database.ts';
import { endedSessions } from '../../../domain/revocation/ended.ts';
import { canUndo } from '../../../domain/revocation/restore-adopted.ts';
import { revokeByIds } from '../../../domain/revocation/revoke.ts';
import { SESSIONS, usualSort } from '../../../domain/session/list.ts';
import { parseSearch, resolveSearch } from '../../../domain/session/search.ts';
import { showSession } from '../../../domain/session/show.ts';
import { confineFilter, isConfined, ownerOf } from '../../../domain/user/operator.ts';
import { invalidInput } from '../../../model/errors.ts';
import {
  SESSION_STATES,
  type Session,
  type SessionFilter,
  type SessionSort,
  type StateFilter,
} from '../../../model/session.ts';
import { renderList } from '../../../views/list.ts';
import { revokedNote } from '../../../views/session/browse.ts';
import {
  markCurrent,
  SESSION_LIST,
  SESSION_STATE_LIST,
  type SessionColumnName,
} from '../../../views/session/columns.ts';
import { bulkQuestion, previewOf, WHICH } from '../../../views/session/revoke.ts';
import { renderSession } from '../../../views/session/show.ts';
import type { Action, Query, Scope, View } from '../view.ts';
import { inOrder } from './in-order.ts';
import { REASON } from './reason.ts';
import { usersOf } from './users-of.ts';

const ACTIVITY = 20;
/** Just active, and idle for long; milliseconds. */
const [FRESH, COLD] = [300_000, 86_400_000];

export const SESSIONS_VIEW: View<Session> = {
  name: 'sessions',
  noun: 'live session',
  access: 'own',
  tomoOnly: false,
  sorts: Object.keys(SESSION_LIST.orders ?? {}),
  usual: (state) => usualSort(state as StateFilter),
  columns: SESSION_LIST.names,
  filters: [...SESSION_STATES, 'all'] satisfies StateFilter[],
  searches:
    'words of user names and devices, ids, addresses (10.1.), user:alice ip:203.0.113.0/24 country:DE method:sso since:2h idle:30m related:3f2a',
  into: { view: 'activity', words: 'what it did' },
  actions: [revokeAction()],
  id: ({ id }) => id,
  async page(db, query, { operator, now, mine }) {
    const { scope, search, filter: state } = query;
    if (scope?.revocation !== undefined) return endedBy(db, scope.revocation, query);
    const { filter, words } = parseSearch(search, state as StateFilter, now);
    // before the words are looked up, or they would tell whose names there are
    const allowed = confineFilter(operator, { ...filter, ...scoped(db, scope) }, mine || isConfined(operator));
    const resolved = await resolveSearch(db, { filter: allowed, words });
    const view = state === 'active' ? SESSION_LIST : SESSION_STATE_LIST;
    return inOrder<SessionFilter, Session, SessionColumnName, SessionSort>(db, query, {
      view,
      list: SESSIONS,
      filter: resolved,
      usual: 'activity',
    });
  },
  table: (rows, filter, look) =>
    renderList(
      rows,
      markCurrent(filter === 'active' ? SESSION_LIST : SESSION_STATE_LIST, () => look.current),
      look,
    ),
  which: (rows, look) =>
    renderList(
      rows,
      markCurrent(SESSION_LIST, () => look.current),
      look,
      { names: WHICH, left: [] },
    ),
  tone({ state, lastActivityAt }, now) {
    if (state !== 'active') return 'over';
    const idle = lastActivityAt === null ? Number.NaN : now.getTime() - Date.parse(lastActivityAt);
    return idle < FRESH ? 'fresh' : idle > COLD ? 'cold' : 'usual';
  },
  stamp: ({ state, lastActivityAt, ip }) => JSON.stringify([state, lastActivityAt, ip]),
  enter: ({ id, unknownFields }) =>
    unknownFields ? null : { view: 'activity', scope: { of: `of ${id.slice(0, 8)}`, session: id } },
  owner: ({ username, userId }) => (username === null ? null : { of: `of ${username}`, username, userId }),
  async details(db, { id }) {
    const details = await showSession(db, id, ACTIVITY);
    return (look) => renderSession(details, look);
  },
};

/** The first ones that a revocation has ended, which are read as they are. */
async function endedBy(db: Database, revocation: number, { search, sort, reverse, filter }: Query) {
  if (search !== '' || filter !== 'all' || sort !== usualSort('all') || reverse)
    throw invalidInput(
      'What a revocation has ended is neither searched, sorted nor filtered. U: all sessions of a user.',
    );
  return endedSessions(db, revocation);
}

function scoped(db: Database, scope: Scope | null): Partial<SessionFilter> {
  if (!scope) return {};
  const users = usersOf(db, scope);
  return {
    ...(users && { users }),
    ...(scope.session === undefined ? {} : { idPrefix: scope.session }),
    ...(scope.device === undefined ? {} : { devices: [scope.device] }),
  };
}

function revokeAction(): Action<Session> {
  return {
    key: 'x',
    name: 'revoke',
    what: 'revoke the marked, or the one under the cursor',
    foot: 'revoke',
    access: 'own',
    none: 'There is nothing live to revoke under the cursor or among the marked.',
    ends: true,
    prompt: REASON,
    fits: ({ state }) => state === 'active',
    question: (rows, { current }) => bulkQuestion(previewOf(rows, 1, current)),
    async run(db, rows, reason, { operator, actor }) {
      const note = { actor, reason: reason || null, compromised: false };
      const ids = rows.map(({ id }) => id);
      const report = await revokeByIds(db, ids, note, { dryRun: false, expect: null, owner: ownerOf(operator) });
      const undo = isConfined(operator) || !canUndo(db) ? null : report.revocation;
      return { message: revokedNote(report), undo };
    },
  };
}
