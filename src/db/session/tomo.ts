import type { SessionPort } from '../port/database.ts';
import { endSessions } from '../revocation/end.ts';
import { selectRevocable } from '../revocation/revoke.ts';
import { selectSessionRetention } from '../settings/settings.ts';
import { selectUser, USER_ROWS } from '../user/list.ts';
import { selectSimilarUsernames, selectUsernamesContaining, selectUsers } from '../user/users.ts';
import { countSessions } from './count.ts';
import { prepareSelection } from './selection.ts';
import { SESSION_ROWS, selectSessionsById, selectSessionsByIdRange } from './sessions.ts';

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
  page: async (tx, filter, start, limit) => SESSION_ROWS.page(tx, await prepareSelection(tx, filter), start, limit),
  async *stream(tx, filter, start) {
    yield* SESSION_ROWS.stream(tx, await prepareSelection(tx, filter), start);
  },
  count: async (tx, filter) => countSessions(tx, await prepareSelection(tx, filter)),
  countTo: async (tx, filter, cap) => SESSION_ROWS.count(tx, await prepareSelection(tx, filter), cap),
  byId: selectSessionsById,
  byPrefix: (tx, digits, limit, userId) =>
    selectSessionsByIdRange(tx, { from: padded(digits, '0'), to: padded(digits, 'f'), userId: userId ?? null }, limit),
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
  health: null,
};

/** The first or last UUID that begins with these digits. */
function padded(digits: string, digit: '0' | 'f'): string {
  return digits.padEnd(32, digit).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
