import type { AuditFile } from '../../db/audit-file/file.ts';
import { type Database, read } from '../../db/port/database.ts';
import type { RevivalVerdict, Revived } from '../../db/port/ending.ts';
import type { StaysDead } from '../../db/revocation/restore-outcome.ts';
import { TomoError } from '../../model/errors.ts';
import type { Revocation } from '../../model/revocation.ts';
import type { Actor, Session } from '../../model/session.ts';
import { findRevocation, lastOf } from './file-rows.ts';
import type { RestoreForecast, RestoreReport } from './forecast.ts';
import { checkRestorable } from './restorable.ts';

/** Whether a revocation on this server can be undone: it sets something there, and which sessions it ended is kept. */
export function canUndo({ sessions: { server }, auditFile }: Database): boolean {
  return server.isTomo || (server.undo && auditFile !== undefined);
}

/** The record of revocations of a server that can undo them. Throws NOT_RESTORABLE. */
function requireUndo(db: Database): AuditFile {
  const { server } = db.sessions;
  if (db.auditFile && db.sessions.revive) return db.auditFile;
  const why = server.undo
    ? `The audit in schema tomo does not keep which sessions of ${server.title} a revocation has ended`
    : `There is no undo on ${server.title}: the rows of revoked sessions are deleted`;
  throw new TomoError('NOT_RESTORABLE', `Refused: ${why}. Nothing was changed.`, {
    hint: 'They have to log in again.',
  });
}

/**
 * Undoes a revocation on an adopted server, for those sessions whose rows are as it left them: in batches. Throws
 * NOT_FOUND or NOT_RESTORABLE, and nothing has changed.
 */
export async function restoreAdopted(db: Database, id: number, actor: Actor, dryRun: boolean): Promise<RestoreReport> {
  const file = requireUndo(db);
  const revocation = findRevocation(file, id);
  checkRestorable(revocation);
  const forecast = await forecastAdopted(db, revocation);
  if (!forecast) {
    throw new TomoError(
      'NOT_RESTORABLE',
      `Refused: which sessions revocation ${id} has ended is not kept any more. Nothing was changed.`,
    );
  }
  if (dryRun || !forecast.restored) return { revocation: id, dryRun, ...forecast };
  const number = await file.begin({ action: 'restore', actor, reason: null, detail: { revocation: id } });
  try {
    const restored = await revive(db, revocation, false);
    await file.end(number, 'done', { count: restored?.live ?? 0 });
    return { revocation: id, dryRun, ...(restored ?? forecast) };
  } catch (error) {
    await file.end(number, error instanceof TomoError && error.outcome === 'unchanged' ? 'unchanged' : 'unknown');
    throw error;
  }
}

/** What would come of it; null where nobody knows any more which sessions they were. */
export function forecastAdopted(db: Database, revocation: Revocation): Promise<RestoreForecast | null> {
  return revive(db, revocation, true);
}

async function revive(db: Database, { id, actor }: Revocation, dryRun: boolean): Promise<RestoreForecast | null> {
  const file = requireUndo(db);
  const ids = file.revokedIds(id);
  const { moment } = file.detailOf(id);
  if (!ids || typeof moment !== 'string' || !db.sessions.revive) return null;
  return forecastOf(await db.sessions.revive(db, { ids, moment, actor, dryRun }));
}

const REASONS: Record<Exclude<RevivalVerdict, 'live' | 'gone'>, StaysDead['reason']> = {
  expired: 'idle',
  'user-inactive': 'user-inactive',
  changed: 'revoked',
};

function forecastOf({ verdicts, dead }: Revived): RestoreForecast {
  const { live, expired, changed, gone } = verdicts;
  return {
    restored: live > 0,
    live,
    dead: { idle: expired, lifetime: 0, 'user-inactive': verdicts['user-inactive'], revoked: changed, deleted: gone },
    newer: [],
    sessions: dead.map(({ session, verdict }) => ({
      id: session.id,
      username: session.username ?? 'nobody',
      device: session.device,
      ip: session.ip,
      reason: REASONS[verdict === 'live' || verdict === 'gone' ? 'changed' : verdict],
      revocations: [],
    })),
    sessionsComplete: dead.length === expired + changed + verdicts['user-inactive'],
    complete: true,
  };
}

/** The latest revocation of this actor that stands. Throws NOT_FOUND, or NOT_RESTORABLE where none can be undone. */
export function lastAdopted(db: Database, actor: Actor): Revocation | undefined {
  return lastOf(requireUndo(db), actor);
}

/** The first of the sessions that a revocation has ended, as far as they are there. */
export function endedAdopted(db: Database, id: number, most: number): Promise<Session[]> {
  const ids = db.auditFile?.revokedIds(id)?.slice(0, most) ?? [];
  return ids.length === 0 ? Promise.resolve([]) : read(db, (tx) => tx.sessions.byId(tx, ids));
}
