import type { Actor, SessionFilter } from '../../model/session.ts';
import type { Queryable, Transaction } from '../port/database.ts';
import { execute, selectJson, selectRow, selectRows, sql } from '../port/sql.ts';
import { selected } from '../session/count.ts';
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
  const { id } = await selectRow<{ id: number }>(
    tx,
    sql`select tomo.begin_revocation(${JSON.stringify(note.actor)}::jsonb, ${note.reason},
      ${JSON.stringify(filter)}::jsonb, ${note.compromised})::int as id`,
  );
  return id;
}

/** Freezes the ids of the live sessions that the filter selects now. */
export async function addTargetsByFilter(tx: Transaction, revocation: number, filter: SessionFilter): Promise<void> {
  const selection = await prepareSelection(tx, { ...filter, state: 'active' });
  if (selection.empty) return;
  await execute(
    tx,
    sql`insert into tomo.revocation_targets (revocation_id, session_id)
      select ${revocation}::bigint, s.id ${selected(selection)}`,
  );
}

/** Of these ids, those of sessions that are dead by a revocation with which they could come back. */
export async function selectClaimable(tx: Transaction, ids: string[]): Promise<string[]> {
  const rows = await selectRows<{ id: string }>(
    tx,
    sql`select s.id from tomo.sessions s ${LIVE_JOINS}
      where s.id = any(${ids}::uuid[])
        and (s.end_reason = 'revoked'
             and exists (select from tomo.revocations r where r.id = s.revocation_id and not r.compromised)
          or s.ended_at is null and (s.epoch < t.min_epoch or s.user_epoch < coalesce(c.min_epoch, 0)))
      order by s.id`,
  );
  return rows.map((row) => row.id);
}

/**
 * From now on this revocation, begun for a compromise, holds them, so that no restore brings them back. Returns those
 * it has got.
 */
export async function claimCompromised(tx: Transaction, revocation: number, ids: string[]): Promise<string[]> {
  const claimed = await selectRow<{ ids: string[] | null }>(
    tx,
    sql`select tomo.claim_compromised(${revocation}::bigint, ${ids}::uuid[])::text[] as ids`,
  );
  return claimed.ids ?? [];
}

/** Those of the ids that are live. */
export function addTargetsById(tx: Transaction, revocation: number, ids: string[]): Promise<void> {
  return execute(
    tx,
    sql`insert into tomo.revocation_targets (revocation_id, session_id)
     select ${revocation}::bigint, s.id from tomo.live_sessions s where s.id = any(${ids}::uuid[])`,
  );
}

/** Compares the number with `expect`, marks them if they fit one batch, writes the audit. Returns the number. */
export async function sealRevocation(tx: Transaction, revocation: number, expect: number | null): Promise<number> {
  const { n } = await selectRow<{ n: number }>(
    tx,
    sql`select tomo.seal_revocation(${revocation}::bigint, ${expect}::bigint, ${MARK_BATCH})::int as n`,
  );
  return n;
}

/** Before revokeUser for several users in one transaction. */
export function lockUserControls(tx: Transaction, userIds: string[]): Promise<void> {
  return execute(tx, sql`select tomo.lock_user_controls(${userIds}::uuid[])`);
}

/** Raises the user's minimum epoch: in force at commit. */
export function revokeUser(
  tx: Transaction,
  userId: string,
  { actor, reason, compromised }: RevocationNote,
  keep: string[],
  expect: number | null,
): Promise<{ revocation: number; ended: number }> {
  return selectRow(
    tx,
    sql`select revocation::int, ended::int from tomo.revoke_user(${userId}::uuid, ${JSON.stringify(actor)}::jsonb,
      ${reason}, ${keep}::uuid[], ${compromised}, ${expect}::bigint)`,
  );
}

/** Raises everybody's minimum epoch: in force at commit. */
export async function revokeAll(
  tx: Transaction,
  { actor, reason, compromised }: RevocationNote,
  keep: string[],
  expect: number | null,
): Promise<number> {
  const { revocation } = await selectRow<{ revocation: number }>(
    tx,
    sql`select tomo.revoke_all(${JSON.stringify(actor)}::jsonb, ${reason}, ${keep}::uuid[], ${compromised},
      ${expect}::bigint)::int as revocation`,
  );
  return revocation;
}

/** One batch of marking; `watermark` null at first, then what the last call returned. */
export interface MarkedBatch {
  revoked: number;
  expired: number;
  watermark: string;
  done: boolean;
}

export function markBatch(tx: Transaction, revocation: number, watermark: string | null): Promise<MarkedBatch> {
  return selectRow<MarkedBatch>(
    tx,
    sql`select revoked::int, expired::int, watermark::text, done
       from tomo.mark_revoked(${revocation}::bigint, ${watermark}::jsonb, ${MARK_BATCH})`,
  );
}

/** A revocation whose rows are not all marked. */
export interface UnmarkedRevocation {
  id: number;
  scope: 'sessions' | 'user' | 'all';
  targets: number | null;
}

/** Oldest first, up to and with `upTo`: marking a newer one first would claim what an older one has ended. */
export function selectUnmarked(tx: Transaction, upTo: number | null): Promise<UnmarkedRevocation[]> {
  return selectRows<UnmarkedRevocation>(
    tx,
    sql`select id::int, scope, targets::int from tomo.revocations
      where marked_at is null and restored_at is null and id <= coalesce(${upTo}::bigint, id) order by id`,
  );
}

/** How many sessions a revocation has ended so far, and whether it is through. */
export async function selectProgress(tx: Transaction, revocation: number): Promise<{ marked: number; done: boolean }> {
  const [row] = await selectRows<{ marked: number; done: boolean }>(
    tx,
    sql`select marked::int, marked_at is not null as done from tomo.revocations where id = ${revocation}::bigint`,
  );
  return row ?? { marked: 0, done: true };
}

/** Gives up what a revocation of chosen sessions has not ended yet. */
export function abandonTargets(tx: Transaction, revocation: number, actor: Actor): Promise<void> {
  return execute(tx, sql`select tomo.abandon_revocation(${revocation}::bigint, ${JSON.stringify(actor)}::jsonb)`);
}

/** Undoes a revocation: in force at commit. Throws NOT_FOUND or NOT_RESTORABLE. */
export function restoreRevocation(tx: Transaction, revocation: number, actor: Actor): Promise<void> {
  return execute(tx, sql`select tomo.restore(${revocation}::bigint, ${JSON.stringify(actor)}::jsonb)`);
}

/** One batch of un-marking after that; fewer rows than MARK_BATCH: done. */
export async function unmarkBatch(tx: Transaction, revocation: number): Promise<number> {
  const { n } = await selectRow<{ n: number }>(
    tx,
    sql`select tomo.unmark_restored(${revocation}::bigint, ${MARK_BATCH})::int as n`,
  );
  return n;
}

/** What a revocation has ended; `kept` are the sessions that it was told to keep. */
export type EndedByRevocation =
  | { scope: 'sessions'; revocation: number; sessionIds: string[] }
  | { scope: 'user'; revocation: number; userId: string; kept: string[] }
  | { scope: 'all'; revocation: number; kept: string[] };

const MOST_IDS = 10_000;

/**
 * Undefined when there is no such revocation, or it has been restored; unknown when it ended more sessions than one
 * wants to name.
 */
export async function selectEnded(
  db: Queryable,
  revocation: number,
): Promise<EndedByRevocation | { scope: 'unknown' } | undefined> {
  const [ended] = await selectJson<EndedByRevocation>(
    db,
    sql`select case r.scope
        when 'sessions' then json_build_object('scope', r.scope, 'revocation', r.id, 'sessionIds', array(
          select s.id from tomo.sessions s where s.revocation_id = r.id limit ${MOST_IDS + 1}::bigint))
        when 'user' then json_build_object('scope', r.scope, 'revocation', r.id, 'userId', r.user_id, 'kept', r.kept)
        else json_build_object('scope', r.scope, 'revocation', r.id, 'kept', r.kept) end::text as json
       from tomo.revocations r where r.id = ${revocation}::bigint and r.restored_at is null`,
  );
  return ended?.scope === 'sessions' && ended.sessionIds.length > MOST_IDS ? { scope: 'unknown' } : ended;
}
