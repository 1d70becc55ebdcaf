import type { AuditEntry, AuditFilter } from '../../model/audit.ts';
import type { Timestamp } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { Params, type Statement } from '../port/sql.ts';
import { concerns } from '../revocation/list.ts';

interface JsonRow {
  json: string;
}

/** What the hash of a row `l` covers, as tomo.audit_hash() has it: spelled out, since a reader may not execute that. */
export const COVERED =
  'jsonb_build_array(l.id, (extract(epoch from l.at) * 1000000)::bigint, l.actor, l.action, l.reason, l.detail)::text';

const ENTRY = `l.id as "id", l.at as "at", tomo.actor_name(l.actor) as "by",
  l.actor as "actor", l.action as "action", l.reason as "reason", l.detail as "detail", encode(l.hash, 'hex') as "hash"`;

/** A filter whose user is known by id, where there still is one. */
export type ResolvedAuditFilter = Omit<AuditFilter, 'user'> & { user?: { id: string | null; username: string } };

/** Newest first; `after`: those with a lower number. */
export async function selectAudit(
  tx: Transaction,
  filter: ResolvedAuditFilter,
  after: number | null,
  limit: number,
): Promise<AuditEntry[]> {
  const { sql, params } = listStatement(filter, after, limit);
  const rows = await tx.query<JsonRow>(sql, params);
  return rows.map((row) => JSON.parse(row.json) as AuditEntry);
}

/** The JSON text of each, newest first, streamed. */
export function streamAudit(tx: Transaction, filter: ResolvedAuditFilter, after: number | null): AsyncIterable<string> {
  const { sql, params } = listStatement(filter, after, null);
  return tx.lines(sql, params);
}

/** The JSON text of each with all that it takes to check it, oldest first, streamed. */
export function streamAuditRows(tx: Transaction, filter: ResolvedAuditFilter): AsyncIterable<string> {
  const params = new Params();
  return tx.lines(
    `select row_to_json(x)::text as json from (
       select ${ENTRY}, encode(l.prev, 'hex') as "prev", ${COVERED} as "covered" from tomo.audit_log l where ${conditions(filter, params)} order by l.id) x`,
    params.values,
  );
}

/** How many, counted to `cap` (null: all of them). */
export async function countAudit(tx: Transaction, filter: ResolvedAuditFilter, cap: number | null): Promise<number> {
  const params = new Params();
  const where = conditions(filter, params);
  const [row] = await tx.query<{ n: number }>(
    `select count(*)::int as n from (select from tomo.audit_log l where ${where} limit ${params.add(cap)}::bigint) x`,
    params.values,
  );
  return row?.n ?? 0;
}

/** Those of the actions that are on record. */
export async function selectRecordedActions(tx: Transaction, actions: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ action: string }>(
    'select a.action from unnest($1::text[]) a(action) where exists (select from tomo.audit_log l where l.action = a.action)',
    [actions],
  );
  return rows.map((row) => row.action);
}

/** Whether the audit names a user like this, as it does beyond the user's deletion. */
export async function namesUser(tx: Transaction, username: string): Promise<boolean> {
  const [row] = await tx.query<{ named: boolean }>(
    `select exists (select from tomo.audit_log l where lower(l.detail ->> 'username') = lower($1::text)) as named`,
    [username],
  );
  return row?.named ?? false;
}

/** The newest link of the chain, and where retention has cut its old end. Digests in hexadecimal. */
export interface AuditHead {
  id: number;
  hash: string;
  cutId: number;
  cutHash: string;
  cutAt: Timestamp | null;
}

/** Undefined when somebody has removed it. */
export async function selectAuditHead(tx: Transaction): Promise<AuditHead | undefined> {
  const [row] = await tx.query<{ json: AuditHead }>(
    `select json_build_object('id', id, 'hash', encode(hash, 'hex'), 'cutId', cut_id, 'cutHash', encode(cut_hash, 'hex'), 'cutAt', cut_at) as json
       from tomo.audit_head`,
  );
  return row?.json;
}

/** A link of the chain. */
export interface Link {
  id: number;
  hash: string;
}

/** A row that is not what its place in the chain says. */
export interface BrokenLink {
  id: number;
  at: Timestamp;
  action: string;
  /** The number of the row before it. */
  before: number;
  /** Its content is what its hash covers. */
  intact: boolean;
  /** It continues the row before it. */
  linked: boolean;
}

export interface CheckedBatch {
  rows: number;
  /** The newest row of the batch; null: there are no more. */
  last: (Link & { at: Timestamp }) | null;
  broken: BrokenLink | null;
  /** The row whose digest begins with `noted`. */
  noted: number | null;
}

/** Checks the next rows with numbers above `above` (null: from the first), the first of which must continue `before`. */
export async function checkLinks(
  tx: Transaction,
  before: Link,
  above: number | null,
  size: number,
  noted: string | null,
): Promise<CheckedBatch> {
  const [row] = await tx.query<{ json: CheckedBatch }>(
    `with batch as materialized (
       select l.id, l.at, l.action, l.prev, l.hash, sha256(l.prev || convert_to(${COVERED}, 'UTF8')) = l.hash as intact
         from tomo.audit_log l where l.id > coalesce($3::bigint, -9223372036854775808) order by l.id limit $4::bigint),
     linked as (
       select *, lag(id, 1, $1::bigint) over w as before_id, lag(hash, 1, decode($2::text, 'hex')) over w = prev as linked from batch window w as (order by id))
     select json_build_object('rows', (select count(*) from batch),
       'last', (select json_build_object('id', id, 'hash', encode(hash, 'hex'), 'at', at) from batch order by id desc limit 1),
       'broken', (select json_build_object('id', id, 'at', at, 'action', action, 'before', before_id, 'intact', intact, 'linked', linked)
                    from linked where id <> before_id + 1 or not intact or not linked order by id limit 1),
       'noted', (select min(id) from batch where starts_with(encode(hash, 'hex'), $5::text))) as json`,
    [before.id, before.hash, above, size, noted],
  );
  if (!row) throw new Error('A statement without from returned no row');
  return row.json;
}

function listStatement(filter: ResolvedAuditFilter, after: number | null, limit: number | null): Statement {
  const params = new Params();
  const where = [conditions(filter, params), ...(after === null ? [] : [`l.id < ${params.add(after)}::bigint`])];
  const top = limit === null ? '' : `limit ${params.add(limit)}::bigint`;
  return {
    sql: `select row_to_json(x)::text as json from (select ${ENTRY} from tomo.audit_log l where ${where.join(' and ')} order by l.id desc ${top}) x`,
    params: params.values,
  };
}

function conditions({ actions, actor, since, until, user }: ResolvedAuditFilter, params: Params): string {
  const where = [
    ...(actions ? [`l.action = any(${params.add(actions)}::text[])`] : []),
    ...(actor === undefined
      ? []
      : [
          `strpos(lower(concat_ws(' ', l.actor ->> 'user', concat_ws('@', l.actor ->> 'osUser', l.actor ->> 'host'), l.actor ->> 'dbRole')), lower(${params.add(actor)}::text)) > 0`,
        ]),
    ...(since ? [`l.at >= ${params.add(since)}::timestamptz`] : []),
    ...(until ? [`l.at < ${params.add(until)}::timestamptz`] : []),
    ...(user ? [about(user, params)] : []),
  ];
  return where.length > 0 ? where.join(' and ') : 'true';
}

/** That it was done to a user: who names the user, and what was done with a revocation that concerns them. */
function about({ id, username }: { id: string | null; username: string }, params: Params): string {
  const named = `lower(l.detail ->> 'username') = lower(${params.add(username)}::text)`;
  if (id === null) return named;
  return `(${named} or l.detail ->> 'user' = ${params.add(id)}::text
    or l.detail @> jsonb_build_object('devices', jsonb_build_array(jsonb_build_object('user', ${params.add(id)}::text)))
    or (l.detail ->> 'revocation')::bigint = any(array(
         select r.id from tomo.revocations r where ${concerns('r.id', 'r.user_id', 'r.filter', { id, username }, params)})))`;
}
