import { idsLike } from '../list/id-range.ts';
import type { SessionPort } from '../port/database.ts';
import { endSessions } from '../revocation/end.ts';
import { selectRevocable } from '../revocation/revoke.ts';
import { selectSessionRetention } from '../settings/settings.ts';
import { selectUser, USER_ROWS } from '../user/list.ts';
import { selectSimilarUsernames, selectUsernamesContaining, selectUsers } from '../user/users.ts';
import { selectSessionsByColumn } from './by-column.ts';
import { countSessions, countSessionsAndUsers, countSessionsTo } from './count.ts';
import { prepareSelection } from './selection.ts';
import { selectPageOfSessions, selectSessionsById, selectSessionsByIdRange, streamSessions } from './sessions.ts';

/** The sessions of the schema `tomo`. */
export const TOMO_SESSIONS: SessionPort = {
  server: {
    isTomo: true,
    name: 'tomo',
    reference: 'tomo',
    title: 'Tomo',
    ids: 'hex',
    undo: true,
    late: null,
    unseen: null,
  },
  page: async (tx, filter, start, limit, along) =>
    selectPageOfSessions(tx, await prepareSelection(tx, filter), start, limit, along),
  byColumn: async (tx, filter, ...of) => selectSessionsByColumn(tx, await prepareSelection(tx, filter), ...of),
  async *stream(tx, filter, start) {
    yield* streamSessions(tx, await prepareSelection(tx, filter), start);
  },
  count: async (tx, filter, last) => countSessions(tx, await prepareSelection(tx, filter), last),
  countWithUsers: async (tx, filter) => countSessionsAndUsers(tx, await prepareSelection(tx, filter)),
  countTo: async (tx, filter, cap) => countSessionsTo(tx, await prepareSelection(tx, filter), cap),
  byId: selectSessionsById,
  byPrefix: (tx, digits, limit, userId) =>
    selectSessionsByIdRange(tx, { ...idsLike(digits), userId: userId ?? null }, limit),
  revocable: selectRevocable,
  end: endSessions,
  revive: null,
  missingIndex: () => null,
  retention: selectSessionRetention,
  housekeeping: null,
  users: {
    named: selectUsers,
    similar: selectSimilarUsernames,
    containing: selectUsernamesContaining,
    list: USER_ROWS,
    byId: selectUser,
  },
  figures: null,
  pulse: null,
  health: null,
};
