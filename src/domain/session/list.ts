import type { Database, Transaction } from '../../db/port/database.ts';
import type { Session, SessionFilter, SessionSort } from '../../model/session.ts';
import { makeList } from '../list/list.ts';
import { resolveFilter } from './selection.ts';

/** Sessions, of whatever server. */
export const SESSIONS = makeList({
  rows: {
    page: (tx, filter: SessionFilter, ...of) =>
      resolving(tx, filter, (resolved) => tx.sessions.page(tx, resolved, ...of)),
    async *stream(tx, filter: SessionFilter, start) {
      let rows: AsyncIterator<string> | undefined;
      try {
        let row = await resolving(tx, filter, (resolved) => {
          rows = tx.sessions.stream(tx, resolved, start)[Symbol.asyncIterator]();
          return rows.next();
        });
        for (; rows && !row.done; row = await rows.next()) yield row.value;
      } finally {
        await rows?.return?.();
      }
    },
    count: (tx, filter: SessionFilter, last) =>
      resolving(tx, filter, (resolved) => tx.sessions.count(tx, resolved, last)),
    byColumn: async (tx, filter, ...of) => tx.sessions.byColumn?.(tx, await resolveFilter(tx, filter), ...of) ?? null,
  },
  orders: { activity: ['a', 'time', 'id'], idle: ['i', 'time', 'id'], login: ['l', 'time', 'id'] },
  keys: ({ id, createdAt, lastActivityAt, sortKey }: Session, sort: SessionSort) => [
    sortKey ?? (sort === 'login' ? createdAt : lastActivityAt) ?? '-infinity',
    id,
  ],
  shown: ({ sortKey: _, ...session }) => session,
  resolve: async (_tx, filter: SessionFilter) => filter,
  // no index has the activity of those that have ended
  isPass: ({ state }, sort, limit) => limit !== null && state !== 'active' && sort !== 'login',
});

/** Looks up what the filter names; of users, beside what is asked of their sessions. Throws like resolveFilter. */
async function resolving<T>(
  tx: Transaction,
  filter: SessionFilter,
  ask: (resolved: SessionFilter) => Promise<T>,
): Promise<T> {
  const { users, relatedTo, devices, idPrefix, not } = filter;
  const besides = [relatedTo, devices, idPrefix, not].some((named) => named !== undefined);
  if (!users || besides || !tx.sessions.server.isTomo) return ask(await resolveFilter(tx, filter));
  const [, answer] = await Promise.all([resolveFilter(tx, filter), ask(filter)]);
  return answer;
}

/** The order of a list for which none is asked: dead sessions have no activity to look at, and an index by login. */
export function usualSort(state: SessionFilter['state']): SessionSort {
  return state === 'active' ? 'activity' : 'login';
}

export interface SessionPage {
  sessions: Session[];
  /** For the next page; null on the last one. */
  nextCursor: string | null;
  /** How many there are in all, counted to COUNT_CAP + 1; null when everything is on this page. */
  total: number | null;
}

/** One page of the sessions a filter selects. Throws NOT_FOUND for an unknown user. */
export async function listSessions(
  db: Database,
  filter: SessionFilter,
  options: { sort: SessionSort; limit: number; after: string | undefined; withTotal: boolean },
): Promise<SessionPage> {
  const { rows, nextCursor = null, total = null } = await SESSIONS.page(db, filter, options);
  return { sessions: rows, nextCursor, total: await total };
}

/** Every session a filter selects, as JSON text, handed to `write` one by one from one snapshot. */
export const exportSessions = SESSIONS.stream;

/** The exact number of sessions a filter selects. */
export const countExactly = SESSIONS.count;
