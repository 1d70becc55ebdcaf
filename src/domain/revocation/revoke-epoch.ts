import type { Database } from '../../db/port/database.ts';
import type { RevocationNote } from '../../model/revocation.ts';
import { requireSessions } from '../session/id.ts';
import { requireUsers } from '../user/users.ts';
import { again, type CameBack, checkKept } from './revoke.ts';

export interface RevokeUserReport extends CameBack {
  username: string;
  /** Null where nobody was in, and that alone changes nothing on this server. */
  revocation: number | null;
  /** Sessions that were live. */
  revoked: number;
  remaining: number;
}

/**
 * Ends every session of these users except those to keep (ids or prefixes). Throws NOT_FOUND for an unknown user or
 * id, KEEP_NOT_LIVE, EXPECTATION_FAILED (compared with the sum) - all before anything is changed.
 */
export async function revokeUsers(
  db: Database,
  usernames: string[],
  note: RevocationNote,
  options: { keep: string[]; expect: number | null },
): Promise<RevokeUserReport[]> {
  return db.sessions.end(db, {
    note,
    expect: options.expect,
    async choose(tx) {
      const [users, keep] = await Promise.all([requireUsers(tx, usernames), requireSessions(tx, options.keep)]);
      for (const session of keep) checkKept(session, users);
      return { scope: 'users' as const, users, keep };
    },
    async report(tx, ending, { users, keep }) {
      const ended = await ending;
      const reports: RevokeUserReport[] = [];
      for (const [i, { id, username }] of users.entries()) {
        const { id: revocation, revoked } = ended.revocations[i] ?? { id: null, revoked: 0 };
        const remaining = tx.sessions.server.isTomo
          ? keep.filter(({ userId }) => userId === id).length
          : // somebody may have logged in meanwhile
            await tx.sessions.count(tx, { state: 'active', userId: id });
        reports.push({ username, revocation, revoked: revoked ?? 0, remaining, ...again(ended) });
      }
      return reports;
    },
  });
}

export interface RevokeAllReport extends CameBack {
  /** Null where nobody was in, and that alone changes nothing on this server. */
  revocation: number | null;
  /** Sessions that were live; null: more than were counted, or nobody counted. */
  revoked: number | null;
  kept: number;
  /** Servers of a cluster that do not answer. It is in force all the same, also where they come back. */
  silent?: string[];
}

/** Ends every session of everybody except those to keep (ids or prefixes). */
export function revokeEverybody(
  db: Database,
  note: RevocationNote,
  options: { keep: string[]; expect: number | null },
): Promise<RevokeAllReport> {
  return db.sessions.end(db, {
    note,
    expect: options.expect,
    choose: async (tx) => ({
      scope: 'all' as const,
      keep: (await requireSessions(tx, options.keep)).map((session) => session.id),
    }),
    report: async (_tx, ending, { keep }) => {
      const ended = await ending;
      const [revocation = { id: null, revoked: 0 }] = ended.revocations;
      const silent = ended.silent?.length ? { silent: ended.silent } : {};
      return { revocation: revocation.id, revoked: revocation.revoked, kept: keep.length, ...silent, ...again(ended) };
    },
  });
}
