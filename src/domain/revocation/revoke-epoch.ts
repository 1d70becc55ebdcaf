import type { Database } from '../../db/port/database.ts';
import type { RevocationNote } from '../../model/revocation.ts';
import { requireSessions } from '../session/id.ts';
import { requireUsers } from '../user/users.ts';
import { again, checkKept } from './revoke.ts';

export interface RevokeUserReport {
  username: string;
  revocation: number;
  /** Sessions that were live. */
  revoked: number;
  remaining: number;
  /** Sessions that a request in flight had brought back, and that were ended again; missing: none. */
  cameBack?: number;
}

/**
 * Ends every session of these users except those to keep (ids or prefixes). Throws NOT_FOUND for an unknown user or id,
 * KEEP_NOT_LIVE, EXPECTATION_FAILED (compared with the sum) - all before anything is changed.
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
      const users = await requireUsers(tx, usernames);
      const keep = await requireSessions(tx, options.keep);
      for (const session of keep) checkKept(session, users);
      return { scope: 'users' as const, users, keep };
    },
    report: async (_tx, { revocations, cameBack }, { users, keep }) =>
      users.map(({ id, username }, i) => ({
        username,
        revocation: revocations[i]?.id ?? 0,
        revoked: revocations[i]?.revoked ?? 0,
        remaining: keep.filter(({ userId }) => userId === id).length,
        ...again(cameBack),
      })),
  });
}

export interface RevokeAllReport {
  revocation: number;
  /** Sessions that were live; null: more than were counted. */
  revoked: number | null;
  kept: number;
  cameBack?: number;
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
    report: async (_tx, { revocations, cameBack }, { keep }) => ({
      revocation: revocations[0]?.id ?? 0,
      revoked: revocations[0]?.revoked ?? null,
      kept: keep.length,
      ...again(cameBack),
    }),
  });
}
