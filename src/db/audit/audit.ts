import type { AuditEntry, AuditFilter } from '../../model/audit.ts';
import type { Timestamp } from '../../model/session.ts';
import { type NewestFirst, rowsBy } from '../list/rows.ts';
import type { Transaction } from '../port/database.ts';
import { type Sql, selectDocument, selectJson, selectValue, selectValues, sql, streamJson } from '../port/sql.ts';
import { concerns } from '../revocation/list.ts';

/** What the hash of a row `l` covers, as tomo.audit_hash() has it: spelled out, since a reader may not execute that. */
export const COVERED = sql`jsonb_build_array(
  l.id, (extract(epoch from l.at) * 1000000)::bigint, l.actor, l.action, l.reason, l.detail)::text`;

const ENTRY = sql`l.id as "id", l.at as "at", tomo.actor_name(l.actor) as "by",
  l.actor as "actor", l.action as "action", l.reason as "reason", l.detail as "detail",
  encode(l.hash, 'hex') as "hash"`;

/** A filter whose user is known by id, where there still is one. */
export type ResolvedAuditFilter = Omit<AuditFilter, 'user'> & { user?: { id: string | null; username: string } };

/** Entries, page by page and all of them. */
export const AUDIT_ROWS = rowsBy<ResolvedAuditFilter, AuditEntry, NewestFirst>(
  (filter, { after }, limit) => sql`select row_to_json(x)::text as json from (
    select ${ENTRY} from tomo.audit_log l
     where ${sql.and(conditions(filter), after && sql`l.id < ${after[0]}::bigint`)}
     order by l.id desc limit ${limit}::bigint) x`,
  (filter) => sql`from tomo.audit_log l where ${conditions(filter)}`,
);

/** The JSON text of each with all that it takes to check it, oldest first, streamed. */
export function streamAuditRows(tx: Transaction, filter: ResolvedAuditFilter): AsyncIterable<string> {
  return streamJson(tx)`select row_to_json(x)::text as json from (
       select ${ENTRY}, encode(l.prev, 'hex') as "prev", ${COVERED} as "covered"
         from tomo.audit_log l where ${conditions(filter)} order by l.id) x`;
}

/** Those of the actions that are on record. */
export function selectRecordedActions(tx: Transaction, actions: readonly string[]): Promise<string[]> {
  return selectValues<string>(tx)`select a.action from unnest(${actions}::text[]) a(action)
      where exists (select from tomo.audit_log l where l.action = a.action)`;
}

/** Whether the audit names a user like this, as it does beyond the user's deletion. */
export function namesUser(tx: Transaction, username: string): Promise<boolean> {
  return selectValue<boolean>(tx)`select exists (
      select from tomo.audit_log l where lower(l.detail ->> 'username') = lower(${username}::text))`;
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
  const [head] = await selectJson<AuditHead>(tx)`
    select json_build_object('id', id, 'hash', encode(hash, 'hex'), 'cutId', cut_id,
      'cutHash', encode(cut_hash, 'hex'), 'cutAt', cut_at)::text as json from tomo.audit_head`;
  return head;
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
export function checkLinks(tx: Transaction, before: Link, above: number | null, size: number, noted: string | null) {
  return selectDocument<CheckedBatch>(tx)`with batch as materialized (
       select l.id, l.at, l.action, l.prev, l.hash, sha256(l.prev || convert_to(${COVERED}, 'UTF8')) = l.hash as intact
         from tomo.audit_log l
        where l.id > coalesce(${above}::bigint, -9223372036854775808) order by l.id limit ${size}::bigint),
     linked as (
       select *, lag(id, 1, ${before.id}::bigint) over w as before_id,
              lag(hash, 1, decode(${before.hash}::text, 'hex')) over w = prev as linked
         from batch window w as (order by id))
     select json_build_object('rows', (select count(*) from batch),
       'last', (select json_build_object('id', id, 'hash', encode(hash, 'hex'), 'at', at)
                  from batch order by id desc limit 1),
       'broken', (select json_build_object('id', id, 'at', at, 'action', action, 'before', before_id,
                                           'intact', intact, 'linked', linked)
                    from linked where id <> before_id + 1 or not intact or not linked order by id limit 1),
       'noted', (select min(id) from batch where starts_with(encode(hash, 'hex'), ${noted}::text)))::text as json`;
}

function conditions({ actions, actor, since, until, user }: ResolvedAuditFilter): Sql {
  return sql.and(
    actions && sql`l.action = any(${actions}::text[])`,
    actor !== undefined &&
      sql`strpos(
        lower(concat_ws(' ', l.actor ->> 'user',
          concat_ws('@', l.actor ->> 'osUser', l.actor ->> 'host'), l.actor ->> 'dbRole')),
        lower(${actor}::text)) > 0`,
    since && sql`l.at >= ${since}::timestamptz`,
    until && sql`l.at < ${until}::timestamptz`,
    user && about(user),
  );
}

/** That it was done to a user: who names the user, and what was done with a revocation that concerns them. */
function about({ id, username }: { id: string | null; username: string }): Sql {
  const named = sql`lower(l.detail ->> 'username') = lower(${username}::text)`;
  if (id === null) return named;
  return sql.or([
    named,
    sql`l.detail ->> 'user' = ${id}::text`,
    sql`l.detail @> jsonb_build_object('devices', jsonb_build_array(jsonb_build_object('user', ${id}::text)))`,
    sql`(l.detail ->> 'revocation')::bigint = any(array(
      select r.id from tomo.revocations r where ${concerns({ id, username })}))`,
  ]);
}
