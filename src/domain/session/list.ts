import type { Database } from '../../db/port/database.ts';
import type { Session, SessionFilter, SessionSort } from '../../model/session.ts';
import { makeList } from '../list/list.ts';
import { resolveFilter } from './selection.ts';

/** Sessions, of whatever server. */
export const SESSIONS = makeList({
  rows: {
    page: (tx, filter: SessionFilter, start, limit) => tx.sessions.page(tx, filter, start, limit),
    stream: (tx, filter: SessionFilter, start) => tx.sessions.stream(tx, filter, start),
    count: async (tx, filter: SessionFilter, cap) =>
      cap === null ? (await tx.sessions.count(tx, filter)).sessions : tx.sessions.countTo(tx, filter, cap),
  },
  orders: { activity: ['a', 'time', 'id'], idle: ['i', 'time', 'id'], login: ['l', 'time', 'id'] },
  keys: ({ id, createdAt, lastActivityAt, sortKey }: Session, sort: SessionSort) => [
    sortKey ?? (sort === 'login' ? createdAt : lastActivityAt) ?? '-infinity',
    id,
  ],
  shown: ({ sortKey: _, ...session }) => session,
  resolve: resolveFilter,
});

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
  return { sessions: rows, nextCursor, total };
}

/** Every session a filter selects, as JSON text, handed to `write` one by one from one snapshot. */
export const exportSessions = SESSIONS.stream;

/** The exact number of sessions a filter selects. */
export const countExactly = SESSIONS.count;
