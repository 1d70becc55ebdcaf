import { type Database, write } from '../../db/port/database.ts';
import { lockUserControls, type RevocationNote, revokeAll, revokeUser } from '../../db/revocation/revoke.ts';
import { requireSessions } from '../session/id.ts';
import { requireUsers } from '../user/users.ts';
import { checkExpectation, checkKept } from './revoke.ts';

export interface RevokeUserReport {
  username: string;
  revocation: number;
  /** Sessions that were live. */
  revoked: number;
  remaining: number;
}

/**
 * Ends every session of these users except those to keep (ids or prefixes). In force when each user's transaction
 * commits. Throws NOT_FOUND for an unknown user or id, KEEP_NOT_LIVE, EXPECTATION_FAILED (compared with the sum) -
 * all before anything is changed.
 */
export async function revokeUsers(
  db: Database,
  usernames: string[],
  note: RevocationNote,
  options: { keep: string[]; expect: number | null },
): Promise<RevokeUserReport[]> {
  return write(db, async (tx) => {
    const found = await requireUsers(tx, usernames);
    const kept = await requireSessions(tx, options.keep);
    const names = found.map((user) => user.username);
    for (const session of kept) checkKept(session, names);
    const ids = found.map((user) => user.id);
    await lockUserControls(tx, ids);
    const reports: RevokeUserReport[] = [];
    for (const user of found) {
      const keep = kept.filter((session) => session.userId === user.id).map((session) => session.id);
      const { revocation, ended } = await revokeUser(tx, user.id, note, keep, null);
      reports.push({ username: user.username, revocation, revoked: ended, remaining: keep.length });
    }
    const total = reports.reduce((sum, report) => sum + report.revoked, 0);
    checkExpectation(total, options.expect);
    return reports;
  });
}

export interface RevokeAllReport {
  revocation: number;
  /** Sessions that were live; null: more than were counted. */
  revoked: number | null;
  kept: number;
}

/** Ends every session of everybody except those to keep (ids or prefixes): in force when one short transaction commits. */
export function revokeEverybody(
  db: Database,
  note: RevocationNote,
  options: { keep: string[]; expect: number | null },
): Promise<RevokeAllReport> {
  return write(db, async (tx) => {
    const keep = (await requireSessions(tx, options.keep)).map((session) => session.id);
    const { revocation, ended } = await revokeAll(tx, note, keep, options.expect);
    return { revocation, revoked: ended, kept: keep.length };
  });
}
