import type { Database } from '../../db/port/database.ts';
import { type FollowMark, follow } from '../../domain/session/follow.ts';
import type { Activity, Session } from '../../model/session.ts';
import { mayPass, type OpenView, Pause } from './open-view.ts';

interface Follower {
  /** The first look: shows the session, and says where following begins. */
  begin: (db: Database) => Promise<{ live: boolean; mark: FollowMark }>;
  /** After each look, in the database that has answered. */
  looked: (db: Database) => void;
  /** What it has done since the look before, earliest first. */
  show: (activity: Activity[]) => Promise<void>;
  /** It has ended, or been deleted (null). */
  over: (session: Session | null) => void;
  /** A look has failed, and is tried again. */
  trouble: (message: string) => void;
}

/**
 * Looks again and again until the session ends or the signal comes. After what may pass it tries again, on a new
 * connection where that is lost; every other failure ends it. One that had ended before is followed all the same, to
 * see what a server still lets it do.
 */
export async function followSession(
  view: OpenView,
  follower: Follower,
  options: { interval: number; signal: AbortSignal },
): Promise<void> {
  const pause = new Pause();
  try {
    let { live, mark } = await view.use(follower.begin);
    for (;;) {
      await pause.wait(options.interval, options.signal);
      if (options.signal.aborted) return;
      try {
        const look = async (db: Database) => {
          const found = await follow(db, mark);
          follower.looked(db);
          return found;
        };
        const { session, activity, mark: next } = await view.use(look);
        mark = next;
        await follower.show(activity);
        if (!session || (live && session.state !== 'active')) return follower.over(session);
        live = session.state === 'active';
      } catch (error) {
        if (!mayPass(error)) throw error;
        follower.trouble(error instanceof Error ? error.message : String(error));
      }
    }
  } finally {
    await view.close();
  }
}
