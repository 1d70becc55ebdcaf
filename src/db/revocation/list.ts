import type { Revocation, RevocationFilter } from '../../model/revocation.ts';
import type { Actor } from '../../model/session.ts';
import { type NewestFirst, rowsBy } from '../list/rows.ts';
import type { Transaction } from '../port/database.ts';
import { given, type Sql, selectJson, sql } from '../port/sql.ts';

/** As tomo.restore() decides it. */
const STATE = sql`case when r.restored_at is not null then 'restored' when r.compromised then 'compromised'
  when tomo.restorable_until(r.at, false) <= now() then 'too-old'
  when r.scope = 'user' and not coalesce(u.is_active, true) then 'user-inactive' else 'restorable' end`;

/** Also those that wait until each server of a cluster can have them on record. */
export const REVOCATIONS = sql.either(
  sql`tomo.revocations`,
  sql`(select * from tomo.revocations union all select * from tomo.revocations_due)`,
);
const FROM = sql`from ${REVOCATIONS} r left join tomo.users u on u.id = r.user_id`;

/** Revocations as the JSON of the domain type, built by the database: one mapping for rows and exports. */
const SELECT = sql`select (select row_to_json(x) from (select
  r.id as "id", r.at as "at", r.scope as "scope", u.username as "username", r.user_id as "userId",
  tomo.actor_name(r.actor) as "by",
  r.actor as "actor", r.reason as "reason", r.filter as "filter", r.sessions as "sessions", r.kept as "kept",
  r.compromised as "compromised", ${STATE} as "state",
  case when ${STATE} = 'restorable' then tomo.restorable_until(r.at, r.compromised) end as "restorableUntil",
  r.restored_at as "restoredAt", r.restored_by as "restoredBy"
  ) x)::text as json ${FROM}`;

/** A filter whose user is known by id. */
export type ResolvedRevocationFilter = Omit<RevocationFilter, 'user' | 'not'> & {
  not?: Pick<ResolvedRevocationFilter, 'scopes' | 'user'> | undefined;
  user?: { id: string; username: string } | undefined;
  /** Who has made it. */
  by?: Actor;
};

/** Revocations, page by page and all of them. */
export const REVOCATION_ROWS = rowsBy<ResolvedRevocationFilter, Revocation, NewestFirst>(
  (filter, { after }, limit) => sql`${SELECT}
    where ${sql.and(conditions(filter), after && sql`r.id < ${after[0]}::bigint`)}
    order by r.id desc limit ${limit}::bigint`,
  (filter) => sql`${FROM} where ${conditions(filter)}`,
);

export async function selectRevocation(tx: Transaction, id: number): Promise<Revocation | undefined> {
  const [revocation] = await selectJson<Revocation>(tx)`${SELECT} where r.id = ${id}::bigint`;
  return revocation;
}

function conditions({ since, until, restored, restorable, by, not, ...chosen }: ResolvedRevocationFilter): Sql {
  return sql.and(
    since && sql`r.at >= ${since}::timestamptz`,
    until && sql`r.at < ${until}::timestamptz`,
    restored === true && sql`r.restored_at is not null`,
    restored === false && sql`r.restored_at is null`,
    restorable && sql`${STATE} = 'restorable'`,
    ...choices(chosen),
    ...sql.none(choices(not ?? {})),
    by && sql`tomo.actor_name(r.actor) = tomo.actor_name(${JSON.stringify(by)}::jsonb)`,
  );
}

function choices({ scopes, user }: NonNullable<ResolvedRevocationFilter['not']>): Sql[] {
  return given([scopes && sql`r.scope = any(${scopes}::text[])`, user && concerns(user)]);
}

/**
 * Whether a revocation `r` concerns a user: revoked as such, named in the filter, or the owner of a session it ended.
 */
export function concerns({ id, username }: { id: string; username: string }): Sql {
  return sql.or([
    sql`r.user_id = ${id}::uuid`,
    sql`r.id = any(array(select distinct s.revocation_id from tomo.sessions s
      where s.user_id = ${id}::uuid and s.revocation_id is not null))`,
    sql`r.id = any(array(select distinct g.revocation_id from tomo.revocation_targets g where g.user_id = ${id}::uuid))`,
    // whoever may begin a revocation may have given it any filter
    sql`lower(${username}::text) in (
      select lower(n) from jsonb_array_elements_text(
        case when jsonb_typeof(r.filter -> 'users') = 'array' then r.filter -> 'users' else '[]' end) n)`,
  ]);
}
