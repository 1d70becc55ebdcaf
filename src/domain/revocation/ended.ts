import { type Database, read } from '../../db/port/database.ts';
import { selectEndedSessions } from '../../db/revocation/restore-outcome.ts';
import type { Session } from '../../model/session.ts';
import { checkListed, findRevocation } from './file-rows.ts';
import { requireRevocation } from './restore.ts';
import { endedAdopted } from './restore-adopted.ts';

/** So many of them are looked at, and so many shown. */
const [LOOKED_AT, SHOWN] = [10_000, 500];

/**
 * The first of the sessions that a revocation keeps out, the most recently active first, and how many it ended, as far
 * as that is known; none once it is restored. Throws NOT_FOUND.
 */
export async function endedSessions(db: Database, id: number): Promise<{ rows: Session[]; total: number | null }> {
  checkListed(db);
  if (db.auditFile) {
    const { state, sessions } = findRevocation(db.auditFile, id);
    return { rows: state === 'restored' ? [] : await endedAdopted(db, id, SHOWN), total: sessions };
  }
  return read(db, async (tx) => {
    const revocation = await requireRevocation(tx, id);
    const restored = revocation.state === 'restored';
    const rows = restored ? [] : await selectEndedSessions(tx, revocation, SHOWN, LOOKED_AT);
    return { rows, total: restored ? 0 : revocation.sessions };
  });
}
