import type { Revocation, RevocationFilter } from '../../model/revocation.ts';
import type { Transaction } from '../port/database.ts';
import { Params, type Statement } from '../port/sql.ts';

interface JsonRow {
  json: string;
}

/** As tomo.restore() decides it. */
const STATE = `case when r.restored_at is not null then 'restored' when r.compromised then 'compromised'
  when r.at < now() - interval '24 hours' then 'too-old' when r.scope = 'user' and not coalesce(u.is_active, true) then 'user-inactive' else 'restorable' end`;

/** A revocation `r` as the JSON of the domain type, built by the database: one mapping for rows and exports. */
const REVOCATION_JSON = `(select row_to_json(x) from (select
  r.id as "id", r.at as "at", r.scope as "scope", u.username as "username", r.user_id as "userId",
  tomo.actor_name(r.actor) as "by",
  r.actor as "actor", r.reason as "reason", r.filter as "filter", r.targets as "selected", r.marked as "ended",
  r.marked_at is not null or r.restored_at is not null as "markingDone", r.kept as "kept", r.compromised as "compromised",
  ${STATE} as "state", case when ${STATE} = 'restorable' then r.at + interval '24 hours' end as "restorableUntil",
  r.restored_at as "restoredAt", r.restored_by as "restoredBy",
  r.restored_at is null or not exists (select from tomo.sessions s where s.revocation_id = r.id) as "restoringDone") x)`;

const FROM = 'from tomo.revocations r left join tomo.users u on u.id = r.user_id';

/** A filter whose user is known by id. */
export type ResolvedRevocationFilter = Omit<RevocationFilter, 'user'> & { user?: { id: string; username: string } };

/** Newest first; `after`: those with a lower number. */
export async function selectRevocations(
  tx: Transaction,
  filter: ResolvedRevocationFilter,
  after: number | null,
  limit: number,
): Promise<Revocation[]> {
  const { sql, params } = listStatement(filter, after, limit);
  const rows = await tx.query<JsonRow>(sql, params);
  return rows.map((row) => JSON.parse(row.json) as Revocation);
}

/** The JSON text of each, newest first, streamed. */
export function streamRevocations(
  tx: Transaction,
  filter: ResolvedRevocationFilter,
  after: number | null,
): AsyncIterable<string> {
  const { sql, params } = listStatement(filter, after, null);
  return tx.lines(sql, params);
}

/** How many, counted to `cap` (null: all of them). */
export async function countRevocations(
  tx: Transaction,
  filter: ResolvedRevocationFilter,
  cap: number | null,
): Promise<number> {
  const params = new Params();
  const where = conditions(filter, params);
  const [row] = await tx.query<{ n: number }>(
    `select count(*)::int as n from (select ${FROM} where ${where} limit ${params.add(cap)}::bigint) x`,
    params.values,
  );
  return row?.n ?? 0;
}

export async function selectRevocation(tx: Transaction, id: number): Promise<Revocation | undefined> {
  const [row] = await tx.query<JsonRow>(`select ${REVOCATION_JSON}::text as json ${FROM} where r.id = $1::bigint`, [
    id,
  ]);
  return row && (JSON.parse(row.json) as Revocation);
}

function listStatement(filter: ResolvedRevocationFilter, after: number | null, limit: number | null): Statement {
  const params = new Params();
  const where = [conditions(filter, params), ...(after === null ? [] : [`r.id < ${params.add(after)}::bigint`])];
  const top = limit === null ? '' : `limit ${params.add(limit)}::bigint`;
  return {
    sql: `select ${REVOCATION_JSON}::text as json ${FROM} where ${where.join(' and ')} order by r.id desc ${top}`,
    params: params.values,
  };
}

function conditions(
  { since, until, scopes, restored, restorable, user }: ResolvedRevocationFilter,
  params: Params,
): string {
  const where = [
    ...(since ? [`r.at >= ${params.add(since)}::timestamptz`] : []),
    ...(until ? [`r.at < ${params.add(until)}::timestamptz`] : []),
    ...(scopes ? [`r.scope = any(${params.add(scopes)}::text[])`] : []),
    ...(restored === undefined ? [] : [`r.restored_at is ${restored ? 'not null' : 'null'}`]),
    ...(restorable ? [`${STATE} = 'restorable'`] : []),
    ...(user ? [concerns('r.id', 'r.user_id', 'r.filter', user, params)] : []),
  ];
  return where.length > 0 ? where.join(' and ') : 'true';
}

/** Whether a revocation concerns a user: revoked as such, named in the filter, or the owner of a session it ended. */
export function concerns(
  id: string,
  userId: string,
  filter: string,
  user: { id: string; username: string },
  params: Params,
): string {
  const [uuid, name] = [params.add(user.id), params.add(user.username)];
  return `(${userId} = ${uuid}::uuid
    or ${id} = any(array(select distinct s.revocation_id from tomo.sessions s where s.user_id = ${uuid}::uuid and s.revocation_id is not null))
    or lower(${filter} ->> 'users')::jsonb ? lower(${name}::text))`;
}
