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
      const [kept, forecast, sessions] = await Promise.all([
        revocation.kept.length > 0 ? tx.sessions.byId(tx, revocation.kept) : [],
        revocation.state === 'restorable' ? forecastRestore(tx, revocation) : null,
        revocation.state === 'restored' ? [] : selectEndedSessions(tx, revocation, FIRST),
      ]);
      return { revocation, kept, forecast, sessions };
    },
    { statementTimeout: 60_000, parallel: true },
  );
}
