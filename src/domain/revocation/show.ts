import { type Database, read } from '../../db/port/database.ts';
import { selectEndedSessions } from '../../db/revocation/restore-outcome.ts';
import type { Revocation } from '../../model/revocation.ts';
import type { Session } from '../../model/session.ts';
import { checkListed, findRevocation } from './file-rows.ts';
import { forecastRestore, type RestoreForecast, requireRevocation } from './restore.ts';
import { canUndo, endedAdopted, forecastAdopted } from './restore-adopted.ts';

export interface RevocationDetails {
  revocation: Revocation;
  /** What it left alone, as far as that is still there. */
  kept: Session[];
  /** What would happen if it were restored now; null where it cannot be. */
  forecast: RestoreForecast | null;
  /** The first of the sessions that it ended, the most recently active first; none once it is restored. */
  sessions: Session[];
}

const FIRST = 10;

/** One revocation. Looks at every session it ended, as far as they are known. Throws NOT_FOUND. */
export async function showRevocation(db: Database, id: number): Promise<RevocationDetails> {
  checkListed(db);
  if (db.auditFile) {
    const revocation = findRevocation(db.auditFile, id);
    const { kept } = revocation;
    return {
      revocation,
      kept: kept.length > 0 ? await read(db, (tx) => tx.sessions.byId(tx, kept)) : [],
      forecast: revocation.state === 'restorable' && canUndo(db) ? await forecastAdopted(db, revocation) : null,
      sessions: revocation.state === 'restored' ? [] : await endedAdopted(db, id, FIRST),
    };
  }
  return read(
    db,
    async (tx) => {
      const revocation = await requireRevocation(tx, id);
      return {
        revocation,
        kept: revocation.kept.length > 0 ? await tx.sessions.byId(tx, revocation.kept) : [],
        forecast: revocation.state === 'restorable' ? await forecastRestore(tx, revocation) : null,
        sessions: revocation.state === 'restored' ? [] : await selectEndedSessions(tx, revocation, FIRST),
      };
    },
    { statementTimeout: 60_000, parallel: true },
  );
}
