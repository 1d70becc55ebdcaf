import type { Database } from '../../db/port/database.ts';
import { prepareSelection } from '../../db/session/selection.ts';
import { SESSION_ROWS } from '../../db/session/sessions.ts';
import type { Session, SessionFilter, SessionSort } from '../../model/session.ts';
import { makeList } from '../list/list.ts';
import { resolveFilter } from './selection.ts';

/** Sessions. */
export const SESSIONS = makeList({
  rows: SESSION_ROWS,
  orders: { activity: ['a', 'time', 'uuid'], idle: ['i', 'time', 'uuid'], login: ['l', 'time', 'uuid'] },
  keys: ({ id, createdAt, lastActivityAt }, sort: SessionSort) => [sort === 'login' ? createdAt : lastActivityAt, id],
  resolve: async (tx, filter: SessionFilter) => prepareSelection(tx, await resolveFilter(tx, filter)),
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
