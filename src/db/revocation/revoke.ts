import type { Actor, SessionFilter } from '../../model/session.ts';
import type { Queryable, Transaction } from '../port/database.ts';
import { idsStatement } from '../session/count.ts';
import { LIVE_JOINS } from '../session/json.ts';
import { prepareSelection } from '../session/selection.ts';

/** Rows marked in one transaction: the longest lock a request can meet is one batch of these. */
export const MARK_BATCH = 10_000;

/** What every revocation says about itself. */
export interface RevocationNote {
  actor: Actor;
  reason: string | null;
  compromised: boolean;
}

/** Opens a revocation of chosen sessions; add targets, then seal it in the same transaction. */
export async function beginRevocation(tx: Transaction, note: RevocationNote, filter: unknown): Promise<number> {
  const [row] = await tx.query<{ id: number }>(
    'select tomo.begin_revocation($1::jsonb, $2, $3::jsonb, $4)::int as id',
    [JSON.stringify(note.actor), note.reason, JSON.stringify(filter), note.compromised],
  );
  if (!row) throw new Error('begin_revocation returned nothing');
  return row.id;
}

/** Freezes the ids of the live sessions that the filter selects now. */
export async function addTargetsByFilter(tx: Transaction, revocation: number, filter: SessionFilter): Promise<void> {
  const selection = await prepareSelection(tx, { ...filter, state: 'active' });
  if (selection.empty) return;
  const { sql, params } = idsStatement(selection, revocation);
  await tx.query(`insert into tomo.revocation_targets (revocation_id, session_id) ${sql}`, params);
}

/** Of these ids, those of sessions that are dead by a revocation with which they could come back. */
export async function selectClaimable(tx: Transaction, ids: string[]): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select s.id from tomo.sessions s ${LIVE_JOINS}
      where s.id = any($1::uuid[])
        and (s.end_reason = 'revoked' and exists (select from tomo.revocations r where r.id = s.revocation_id and not r.compromised)
          or s.ended_at is null and (s.epoch < t.min_epoch or s.user_epoch < coalesce(c.min_epoch, 0))) order by s.id`,
    [ids],
  );
  return rows.map((row) => row.id);
}

/** From now on this revocation, begun for a compromise, holds them, so that no restore brings them back. Returns those it has got. */
export async function claimCompromised(tx: Transaction, revocation: number, ids: string[]): Promise<string[]> {
  const [row] = await tx.query<{ ids: string[] }>(
    'select tomo.claim_compromised($1::bigint, $2::uuid[])::text[] as ids',
    [revocation, ids],
  );
  return row?.ids ?? [];
}

/** Those of the ids that are live. */
export async function addTargetsById(tx: Transaction, revocation: number, ids: string[]): Promise<void> {
  await tx.query(
    `insert into tomo.revocation_targets (revocation_id, session_id)
     select $1::bigint, s.id from tomo.live_sessions s where s.id = any($2::uuid[])`,
    [revocation, ids],
  );
}

/** Compares the number with `expect`, marks them if they fit one batch, writes the audit. Returns the number. */
export async function sealRevocation(tx: Transaction, revocation: number, expect: number | null): Promise<number> {
  const [row] = await tx.query<{ n: number }>('select tomo.seal_revocation($1::bigint, $2::bigint, $3)::int as n', [
    revocation,
    expect,
    MARK_BATCH,
  ]);
  return row?.n ?? 0;
}

/** Before revokeUser for several users in one transaction. */
export async function lockUserControls(tx: Transaction, userIds: string[]): Promise<void> {
  await tx.query('select tomo.lock_user_controls($1::uuid[])', [userIds]);
}

/** Raises the user's minimum epoch: in force at commit. */
export async function revokeUser(
  tx: Transaction,
  userId: string,
  note: RevocationNote,
  keep: string[],
  expect: number | null,
): Promise<{ revocation: number; ended: number }> {
  const [row] = await tx.query<{ revocation: number; ended: number }>(
    'select revocation::int, ended::int from tomo.revoke_user($1::uuid, $2::jsonb, $3, $4::uuid[], $5, $6::bigint)',
    [userId, JSON.stringify(note.actor), note.reason, keep, note.compromised, expect],
  );
  if (!row) throw new Error('revoke_user returned nothing');
  return row;
}

/** Raises everybody's minimum epoch: in force at commit. */
export async function revokeAll(
  tx: Transaction,
  note: RevocationNote,
  keep: string[],
  expect: number | null,
): Promise<number> {
  const [row] = await tx.query<{ revocation: number }>(
    'select tomo.revoke_all($1::jsonb, $2, $3::uuid[], $4, $5::bigint)::int as revocation',
    [JSON.stringify(note.actor), note.reason, keep, note.compromised, expect],
  );
  if (!row) throw new Error('revoke_all returned nothing');
  return row.revocation;
}

/** One batch of marking; `watermark` null at first, then what the last call returned. */
export interface MarkedBatch {
  revoked: number;
  expired: number;
  watermark: string;
  done: boolean;
}

export async function markBatch(tx: Transaction, revocation: number, watermark: string | null): Promise<MarkedBatch> {
  const [row] = await tx.query<MarkedBatch>(
    'select revoked::int, expired::int, watermark::text, done from tomo.mark_revoked($1::bigint, $2::jsonb, $3)',
    [revocation, watermark, MARK_BATCH],
  );
  if (!row) throw new Error('mark_revoked returned nothing');
  return row;
}

/** A revocation whose rows are not all marked. */
export interface UnmarkedRevocation {
  id: number;
  scope: 'sessions' | 'user' | 'all';
  targets: number | null;
}

/** Oldest first, up to and with `upTo`: marking a newer one first would claim what an older one has ended. */
export async function selectUnmarked(tx: Transaction, upTo: number | null): Promise<UnmarkedRevocation[]> {
  return tx.query<UnmarkedRevocation>(
    `select id::int, scope, targets::int from tomo.revocations
      where marked_at is null and restored_at is null and id <= coalesce($1::bigint, id) order by id`,
    [upTo],
  );
}

/** How many sessions a revocation has ended so far, and whether it is through. */
export async function selectProgress(tx: Transaction, revocation: number): Promise<{ marked: number; done: boolean }> {
  const [row] = await tx.query<{ marked: number; done: boolean }>(
    'select marked::int, marked_at is not null as done from tomo.revocations where id = $1::bigint',
    [revocation],
  );
  return row ?? { marked: 0, done: true };
}

/** Gives up what a revocation of chosen sessions has not ended yet. */
export async function abandonTargets(tx: Transaction, revocation: number, actor: Actor): Promise<void> {
  await tx.query('select tomo.abandon_revocation($1::bigint, $2::jsonb)', [revocation, JSON.stringify(actor)]);
}

/** Undoes a revocation: in force at commit. Throws NOT_FOUND or NOT_RESTORABLE. */
export async function restoreRevocation(tx: Transaction, revocation: number, actor: Actor): Promise<void> {
  await tx.query('select tomo.restore($1::bigint, $2::jsonb)', [revocation, JSON.stringify(actor)]);
}

/** One batch of un-marking after that; fewer rows than MARK_BATCH: done. */
export async function unmarkBatch(tx: Transaction, revocation: number): Promise<number> {
  const [row] = await tx.query<{ rows: number }>('select tomo.unmark_restored($1::bigint, $2)::int as rows', [
    revocation,
    MARK_BATCH,
  ]);
  return row?.rows ?? 0;
}

/** What a revocation has ended; `kept` are the sessions that it was told to keep. */
export type EndedByRevocation =
  | { scope: 'sessions'; revocation: number; sessionIds: string[] }
  | { scope: 'user'; revocation: number; userId: string; kept: string[] }
  | { scope: 'all'; revocation: number; kept: string[] };

const MOST_IDS = 10_000;

/** Undefined when there is no such revocation, or it has been restored; unknown when it ended more sessions than one wants to name. */
export async function selectEnded(
  db: Queryable,
  revocation: number,
): Promise<EndedByRevocation | { scope: 'unknown' } | undefined> {
  const [row] = await db.query<{ json: string }>(
    `select case r.scope
        when 'sessions' then json_build_object('scope', r.scope, 'revocation', r.id, 'sessionIds', array(
          select s.id from tomo.sessions s where s.revocation_id = r.id limit $2))
        when 'user' then json_build_object('scope', r.scope, 'revocation', r.id, 'userId', r.user_id, 'kept', r.kept)
        else json_build_object('scope', r.scope, 'revocation', r.id, 'kept', r.kept) end::text as json
       from tomo.revocations r where r.id = $1::bigint and r.restored_at is null`,
    [revocation, MOST_IDS + 1],
  );
  const ended = row && (JSON.parse(row.json) as EndedByRevocation);
  return ended?.scope === 'sessions' && ended.sessionIds.length > MOST_IDS ? { scope: 'unknown' } : ended;
}
