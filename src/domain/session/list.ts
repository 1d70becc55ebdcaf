import { type Database, read } from '../../db/port/database.ts';
import { countSessions, selectSessions, streamSessions } from '../../db/session/sessions.ts';
import type { Session, SessionFilter, SessionSort } from '../../model/session.ts';
import { COUNT_CAP } from '../list/page.ts';
import { decodeCursor, encodeCursor } from '../list/session-cursor.ts';
import { resolveFilter } from './selection.ts';

export interface SessionPage {
  sessions: Session[];
  /** For the next page; null on the last one. */
  nextCursor: string | null;
  /** How many there are in all, counted to COUNT_CAP + 1; null when everything is on this page. */
  total: number | null;
}

/** One page of the sessions a filter selects. Throws NOT_FOUND for an unknown user. */
export function listSessions(
  db: Database,
  given: SessionFilter,
  options: { sort: SessionSort; limit: number; after: string | undefined; withTotal: boolean },
): Promise<SessionPage> {
  return read(db, async (tx) => {
    const filter = await resolveFilter(tx, given);
    const after = options.after === undefined ? null : decodeCursor(options.after, options.sort);
    const page = { after, limit: options.limit, ...(options.withTotal ? { countTo: COUNT_CAP + 1 } : {}) };
    const { sessions, more, total } = await selectSessions(tx, filter, options.sort, page);
    const last = sessions.at(-1);
    return {
      sessions,
      nextCursor: more && last ? encodeCursor(last, options.sort) : null,
      total,
    };
  });
}

/** Every session a filter selects, as JSON text, handed to `write` one by one from one snapshot. */
export function exportSessions(
  db: Database,
  given: SessionFilter,
  options: { sort: SessionSort; after: string | undefined },
  write: (json: string) => Promise<void> | void,
): Promise<void> {
  return read(
    db,
    async (tx) => {
      const filter = await resolveFilter(tx, given);
      const after = options.after === undefined ? null : decodeCursor(options.after, options.sort);
      for await (const json of streamSessions(tx, filter, options.sort, after)) {
        const pending = write(json);
        if (pending) await pending;
      }
    },
    { statementTimeout: 0 },
  );
}

/** The exact number of sessions a filter selects. */
export function countExactly(db: Database, given: SessionFilter): Promise<number> {
  return read(
    db,
    async (tx) => {
      const filter = await resolveFilter(tx, given);
      return (await countSessions(tx, filter)).sessions;
    },
    { statementTimeout: 60_000, parallel: true },
  );
}
