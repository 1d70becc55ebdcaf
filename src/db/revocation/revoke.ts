import type { RevocationNote } from '../../model/revocation.ts';
import type { Actor, SessionFilter } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import type { Revocable } from '../port/ending.ts';
import { execute, selectJson, selectRow, selectRows, selectValue, selectValues, sql } from '../port/sql.ts';
import { selected } from '../session/count.ts';
import { prepareSelection } from '../session/selection.ts';

/** Kept for this transaction under a name, so that what comes after the beginning need not wait for its number. */
const BEGUN = sql`current_setting('tomo.revocation')::bigint`;

/**
 * Freezes the ids of the live sessions that the filter selects now, compares their number with `expect` and writes the
 * audit: in force at commit. Revoked: how many they are.
 */
export async function revokeFilter(
  tx: Transaction,
  filter: SessionFilter,
  note: RevocationNote,
  expect: number | null,
): Promise<{ id: number; revoked: number }> {
  const selection = await prepareSelection(tx, { ...filter, state: 'active' });
  if (tx.distributed) {
    // what the owner has written in a transaction, no other role goes on with there
    const ids = selection.empty ? [] : await selectValues<string>(tx)`select s.id ${selected(selection)}`;
    const { revocation, ended } = await revokeIds(tx, ids, filter, note, expect);
    return { id: revocation ?? 0, revoked: ended.length };
  }
  const [actor, chosen] = [JSON.stringify(note.actor), JSON.stringify(filter)];
  const [id, , revoked] = await Promise.all([
    selectValue<number>(tx)`select set_config('tomo.revocation', tomo.begin_revocation(
      ${actor}::jsonb, ${note.reason}, ${chosen}::jsonb, ${note.compromised})::text, true)::int`,
    selection.empty
      ? null
      : execute(tx)`with r as materialized (select ${BEGUN} as id)
          insert into tomo.revocation_targets (revocation_id, session_id, user_id)
          select (select id from r), s.id, s.user_id ${selected(selection)}`,
    selectValue<number>(tx)`select tomo.seal_revocation(${BEGUN}, ${expect}::bigint)::int`,
  ]);
  return { id, revoked };
}

/**
 * Of these ids, those that a revocation would end; of one for a compromise also those that an undo could bring back.
 */
export function selectRevocable(tx: Transaction, ids: readonly string[], compromised: boolean): Promise<Revocable[]> {
  return selectRows<Revocable>(tx)`
    select s.id, s.live from tomo.revocable(${ids}::uuid[], ${compromised}) s order by s.id`;
}

/**
 * Ends those of the ids that are live, and those that selectRevocable says. `filter`: how they were
 * chosen, if not by ids.
 */
export function revokeIds(
  tx: Transaction,
  ids: readonly string[],
  filter: object | undefined,
  note: RevocationNote,
  expect: number | null,
) {
  return selectRow<{ revocation: number | null; ended: string[]; claimed: string[] }>(tx)`
    select revocation::int, ended::text[], claimed::text[] from tomo.revoke_ids(${ids}::uuid[],
      ${JSON.stringify(note.actor)}::jsonb, ${note.reason}, ${note.compromised},
      ${filter ? JSON.stringify(filter) : null}::jsonb, ${expect}::bigint)`;
}

/** Before revokeUser for several users in one transaction. */
export function lockUserControls(tx: Transaction, userIds: readonly string[]): Promise<void> {
  return execute(tx)`select tomo.lock_user_controls(${userIds}::uuid[])`;
}

/** Raises the user's minimum epoch: in force at commit. */
export function revokeUser(
  tx: Transaction,
  userId: string,
  note: RevocationNote,
  keep: string[],
  expect: number | null,
) {
  return selectRow<{ revocation: number; ended: number }>(tx)`
    select revocation::int, ended::int from tomo.revoke_user(${userId}::uuid, ${JSON.stringify(note.actor)}::jsonb,
      ${note.reason}, ${keep}::uuid[], ${note.compromised}, ${expect}::bigint)`;
}

/** Raises everybody's minimum epoch: in force at commit. `ended`: how many were live; null: more than were counted. */
export function revokeAll(tx: Transaction, note: RevocationNote, keep: readonly string[], expect: number | null) {
  return selectRow<{ revocation: number; ended: number | null }>(tx)`
    select revocation::int, ended::int from tomo.revoke_all(${JSON.stringify(note.actor)}::jsonb, ${note.reason},
      ${keep}::uuid[], ${note.compromised}, ${expect}::bigint)`;
}

/** The servers without which a revocation of everybody was made: they have it on record later. */
export function selectSilent(tx: Transaction, revocation: number): Promise<string[]> {
  return selectValues<string>(tx)`
    select jsonb_array_elements_text(d.filter -> 'silent') from tomo.revocations_due d where d.id = ${revocation}::bigint`;
}

/** Undoes a revocation: in force at commit. Throws NOT_FOUND or NOT_RESTORABLE. */
export function restoreRevocation(tx: Transaction, revocation: number, actor: Actor): Promise<void> {
  return execute(tx)`select tomo.restore(${revocation}::bigint, ${JSON.stringify(actor)}::jsonb)`;
}

/** So many are looked at. */
export const LATEST = 1000;

/** The numbers of the latest revocations, oldest first. */
export async function selectLatestRevocations(db: Transaction): Promise<number[]> {
  const ids = await selectValues<string>(db)`select id::text from tomo.revocations order by id desc limit ${LATEST}`;
  return ids.map(Number).reverse();
}

/** What a revocation has ended; `kept` are the sessions that it was told to keep. */
export type EndedByRevocation =
  | { scope: 'sessions'; revocation: number; sessionIds: string[] }
  | { scope: 'user'; revocation: number; userId: string; kept: string[] }
  | { scope: 'all'; revocation: number; kept: string[] };

const MOST_IDS = 10_000;

/** Nothing when it has been restored; unknown: it ended more sessions than one wants to name. */
export async function selectEnded(
  tx: Transaction,
  revocation: number,
): Promise<(EndedByRevocation | { scope: 'unknown' })[]> {
  const ended = await selectJson<EndedByRevocation>(tx)`select case r.scope
        when 'sessions' then json_build_object('scope', r.scope, 'revocation', r.id, 'sessionIds', array(
          select g.session_id from tomo.revocation_targets g where g.revocation_id = ${revocation}::bigint limit ${MOST_IDS + 1}))
        when 'user' then json_build_object('scope', r.scope, 'revocation', r.id, 'userId', r.user_id, 'kept', r.kept)
        else json_build_object('scope', r.scope, 'revocation', r.id, 'kept', r.kept) end::text as json
       from tomo.revocations r where r.id = ${revocation}::bigint and r.restored_at is null`;
  return ended.map((one) =>
    one.scope === 'sessions' && one.sessionIds.length > MOST_IDS ? { scope: 'unknown' } : one,
  );
}
