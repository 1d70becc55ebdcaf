import { rowsOf } from '../../db/list/row-source.ts';
import { NEWEST } from '../../db/list/rows.ts';
import { type Database, read, type Transaction, write } from '../../db/port/database.ts';
import { REVOCATION_ROWS, selectRevocation } from '../../db/revocation/list.ts';
import { type KeptOutBy, type StaysDead, selectOutcome, selectStaysDead } from '../../db/revocation/restore-outcome.ts';
import { restoreRevocation } from '../../db/revocation/revoke.ts';
import { TomoError } from '../../model/errors.ts';
import type { Revocation } from '../../model/revocation.ts';
import type { Actor } from '../../model/session.ts';
import type { RestoreForecast, RestoreReport } from './forecast.ts';
import { checkRestorable } from './restorable.ts';
import { lastAdopted, restoreAdopted } from './restore-adopted.ts';

export type { KeptOutBy, RestoreForecast, RestoreReport, StaysDead };

/** A report names so many sessions that stay dead; above that the numbers have to do. */
const SESSIONS_TOLD = 1000;

/** Looked at before an undo, which must not take longer for more; a forecast looks at all. */
const LOOKED_AT = 10_000;

/**
 * Undoes a revocation while that is possible: one short transaction, after which those are in again whom
 * nothing else keeps out. Where nobody would come back nothing changes, and it can be tried again. Throws
 * NOT_FOUND, or NOT_RESTORABLE when it is too old, undone already, --compromised or of a user who is not
 * active; then nothing has changed.
 */
export async function restoreSessions(
  db: Database,
  id: number,
  actor: Actor,
  { dryRun = false }: { dryRun?: boolean } = {},
): Promise<RestoreReport> {
  if (!db.sessions.server.isTomo) return restoreAdopted(db, id, actor, dryRun);
  const work = async (tx: Transaction) => {
    const revocation = await requireRevocation(tx, id);
    checkRestorable(revocation);
    const forecast = await forecastRestore(tx, revocation, dryRun ? null : LOOKED_AT);
    if (forecast.restored && !dryRun) await restoreRevocation(tx, id, actor);
    return { revocation: id, dryRun, ...forecast };
  };
  return dryRun ? read(db, work, { statementTimeout: 0, parallel: true }) : write(db, work, { looksFirst: true });
}

/** What becomes of its sessions if it is restored; `most`: looks at so many of them, null: at all. */
export async function forecastRestore(
  tx: Transaction,
  revocation: Revocation,
  most: number | null = null,
): Promise<RestoreForecast> {
  const { helps, verdicts, complete, newer } = await selectOutcome(tx, revocation, most);
  const { live = 0, idle = 0, lifetime = 0, 'user-inactive': inactive = 0, revoked = 0 } = verdicts;
  const present = idle + lifetime + inactive + revoked;
  const sessions = present > 0 ? await selectStaysDead(tx, revocation, SESSIONS_TOLD, most) : [];
  const deleted = complete ? Math.max(0, (revocation.sessions ?? 0) - live - present) : 0;
  return {
    restored: helps || !complete,
    live,
    dead: { idle, lifetime, 'user-inactive': inactive, revoked, deleted },
    newer,
    sessions,
    sessionsComplete: sessions.length === present,
    complete,
  };
}

/** The latest revocation of this actor that stands, whether it can be restored or not. Throws NOT_FOUND. */
export async function lastRevocation(db: Database, actor: Actor): Promise<Revocation> {
  const [revocation] = db.sessions.server.isTomo
    ? await read(db, (tx) =>
        rowsOf(REVOCATION_ROWS.page(tx, { restored: false, by: actor }, NEWEST, 1, { last: true })),
      )
    : [lastAdopted(db, actor)];
  if (revocation) return revocation;
  throw new TomoError('NOT_FOUND', 'There is no revocation of yours that is not restored.', {
    reason: 'no-such-revocation',
  });
}

/** Throws NOT_FOUND. */
export async function requireRevocation(tx: Transaction, id: number): Promise<Revocation> {
  const revocation = await selectRevocation(tx, id);
  if (revocation) return revocation;
  throw new TomoError('NOT_FOUND', `There is no revocation ${id}.`, { reason: 'no-such-revocation' });
}
