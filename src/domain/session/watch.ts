import { type Database, read } from '../../db/port/database.ts';
import type { Session, SessionFilter, SessionSort } from '../../model/session.ts';
import { SESSIONS } from './list.ts';

/**
 * What has become of a session since the last look. `entered` and `left`: of the page that is watched, without having
 * been opened or ended; `changed`: it was active, or has a new place or label.
 */
export type WatchEvent = { event: 'started' | 'ended' | 'changed' | 'entered' | 'left' | 'deleted'; session: Session };

export interface WatchedPage {
  sessions: Session[];
  /** There are more than were looked at. */
  more: boolean;
  /** Since the page before; empty at the first look. */
  events: WatchEvent[];
}

/** The page as it is now, and what has happened to it since `before` (null: this is the first look). */
export function watchPage(
  db: Database,
  filter: SessionFilter,
  page: { sort: SessionSort; limit: number },
  before: readonly Session[] | null,
): Promise<WatchedPage> {
  return read(db, async (tx) => {
    const { rows: sessions, nextCursor } = await SESSIONS.pageIn(tx, filter, page);
    const more = nextCursor !== null;
    if (before === null) return { sessions, more, events: [] };
    const here = new Set(sessions.map(({ id }) => id));
    const missing = before.filter(({ id }) => !here.has(id));
    const ids = missing.map(({ id }) => id);
    const now = ids.length > 0 ? await tx.sessions.byId(tx, ids) : [];
    return { sessions, more, events: compare(before, sessions, missing, now) };
  });
}

function compare(
  before: readonly Session[],
  sessions: readonly Session[],
  missing: readonly Session[],
  now: readonly Session[],
): WatchEvent[] {
  const known = new Map(before.map((session) => [session.id, session]));
  const [latest = ''] = before
    .map(({ createdAt }) => createdAt)
    .sort()
    .reverse();
  const gone = missing.map((session): WatchEvent => {
    const found = now.find(({ id }) => id === session.id);
    if (!found) return { event: 'deleted', session };
    return { event: found.state !== 'active' && session.state === 'active' ? 'ended' : 'left', session: found };
  });
  const here = sessions.flatMap((session): WatchEvent[] => {
    const old = known.get(session.id);
    if (!old) return [{ event: (session.createdAt ?? '') > (latest ?? '') ? 'started' : 'entered', session }];
    if (old.state === 'active' && session.state !== 'active') return [{ event: 'ended', session }];
    return isChanged(old, session) ? [{ event: 'changed', session }] : [];
  });
  return [...gone, ...here];
}

function isChanged(old: Session, session: Session): boolean {
  // when it expires follows from the settings, too
  return JSON.stringify({ ...old, expiresAt: null }) !== JSON.stringify({ ...session, expiresAt: null });
}
