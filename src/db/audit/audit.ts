import type { AuditEntry } from '../../model/audit.ts';
import type { Timestamp } from '../../model/session.ts';
import { always, type Keys, numberKey, rowsByColumn, textKey, timeKey } from '../list/by-column.ts';
import { type NewestFirst, rowsBy } from '../list/rows.ts';
import type { Transaction } from '../port/database.ts';
import {
  execute,
  given,
  type Sql,
  selectJson,
  selectRows,
  selectValue,
  selectValues,
  sql,
  streamJson,
} from '../port/sql.ts';
import { concerns } from '../revocation/list.ts';
import type { AuditChoices, AuditTrail, ChainRow, Link, ResolvedAuditFilter } from './trail.ts';

/**
 * What the hash of a row `l` covers, as tomo.audit_hash() has it: spelled out, since a reader may not execute that.
 * Null for a row that is larger than any that was written, or lacks what each has.
 */
const COVERED = sql`case when pg_column_size(l.actor || '{}') + pg_column_size(l.detail || '{}') + octet_length(l.action)
    + coalesce(octet_length(l.reason), 0) < 200000
  then jsonb_build_array(
    l.id, round(extract(epoch from l.at) * 1000000), l.actor, l.action, l.reason, l.detail)::text end`;

const ENTRY = sql`l.id as "id", l.at as "at", tomo.actor_name(l.actor) as "by",
  l.actor as "actor", l.action as "action", l.reason as "reason", l.detail as "detail",
  encode(l.hash, 'hex') as "hash"`;

/** The audit in schema `tomo`. */
export function schemaTrail(tx: Transaction): AuditTrail {
  return {
    file: null,
    page: (filter, { after }, ...of) => ENTRIES.page(tx, filter, { sort: 'newest', after }, ...of),
    stream: (filter, { after }) => ENTRIES.stream(tx, filter, { sort: 'newest', after }),
    count: (filter, last) => ENTRIES.count(tx, filter, last),
    byColumn: (...of) => BY_COLUMN(tx, ...of),
    rows: (filter) => streamRows(tx, filter),
    recordedActions: (actions) => selectRecordedActions(tx, actions),
    head: () => selectHead(tx),
    cut: () => selectCut(tx),
    chain: (size) => readChain(tx, size),
    // what a transaction has not written whole is not there
    torn: async () => 0,
  };
}

/** What an entry `l` is sorted by: as lists show it. What was done are words, which the database does not have. */
const KEYS: Keys = {
  id: always(numberKey(sql`l.id`)),
  at: always(timeKey(sql`l.at`)),
  by: textKey(sql`tomo.actor_name(l.actor)`),
  role: textKey(sql`l.actor ->> 'dbRole'`),
  action: textKey(sql`l.action`),
  reason: textKey(sql`l.reason`),
  hash: textKey(sql`encode(l.hash, 'hex')`),
};

const BY_COLUMN = rowsByColumn<ResolvedAuditFilter, AuditEntry>({
  keyOf: (column) => KEYS[column],
  tie: [{ column: sql`l.id`, type: 'bigint' }],
  from: () => sql`tomo.audit_log l`,
  where: conditions,
  read: (tx, ids) => selectJson<AuditEntry>(tx)`select row_to_json(x)::text as json from (
    select ${ENTRY} from tomo.audit_log l where l.id = any(${ids}::bigint[])) x`,
  tieOf: ({ id }) => String(id),
});

/** Entries, page by page and all of them. */
const ENTRIES = rowsBy<ResolvedAuditFilter, AuditEntry, NewestFirst>(
  (filter, { after }, limit) => sql`select row_to_json(x)::text as json from (
    select ${ENTRY} from tomo.audit_log l
     where ${sql.and(conditions(filter), after && sql`l.id < ${after[0]}::bigint`)}
     order by l.id desc limit ${limit}::bigint) x`,
  (filter) => sql`from tomo.audit_log l where ${conditions(filter)}`,
);

/** The JSON text of each with all that it takes to check it, oldest first, streamed. */
function streamRows(tx: Transaction, filter: ResolvedAuditFilter): AsyncIterable<string> {
  return streamJson(tx)`select row_to_json(x)::text as json from (
       select ${ENTRY}, encode(l.prev, 'hex') as "prev", ${COVERED} as "covered"
         from tomo.audit_log l where ${conditions(filter)} order by l.id) x`;
}

/** Those of the actions that are on record. */
function selectRecordedActions(tx: Transaction, actions: readonly string[]): Promise<string[]> {
  return selectValues<string>(tx)`select a.action from unnest(${actions}::text[]) a(action)
      where exists (select from tomo.audit_log l where l.action = a.action)`;
}

/** Whether the audit names a user like this, as it does beyond the user's deletion. */
export function namesUser(tx: Transaction, username: string): Promise<boolean> {
  return selectValue<boolean>(tx)`select exists (
      select from tomo.audit_log l where lower(l.detail ->> 'username') = lower(${username}::text))`;
}

/** The newest link of the chain, as it is noted beside the log; undefined when that is not one whole row. */
async function selectHead(tx: Transaction): Promise<Link | undefined> {
  const rows = await selectRows<Link>(tx)`select id::text, encode(hash, 'hex') as hash from tomo.audit_head limit 2`;
  return rows.length === 1 ? rows[0] : undefined;
}

/**
 * The newest row that says where retention has cut, by number and hash of the last row that is gone; when that was.
 */
async function selectCut(tx: Transaction): Promise<(Link & { at: Timestamp | null }) | undefined> {
  const [cut] = await selectRows<Link & { at: Timestamp | null }>(tx)`
    select left(l.detail ->> 'row', 20) as id, left(l.detail ->> 'hash', 65) as hash, to_json(l.at) #>> '{}' as at
      from tomo.audit_log l where l.action = 'cut' order by l.id desc limit 1`;
  return cut;
}

/**
 * All rows in the order of their numbers, so many at a time, and none of them larger than one that was written. By a
 * cursor: numbers that somebody has given twice are all met.
 */
async function* readChain(tx: Transaction, size: number): AsyncGenerator<ChainRow[]> {
  await execute(tx)`declare chain no scroll cursor for
    select l.id::text, encode(substr(l.prev, 1, 33), 'hex') as prev, encode(substr(l.hash, 1, 33), 'hex') as hash,
           ${COVERED} as covered, to_json(l.at) #>> '{}' as at, left(l.action, 50) as action
      from tomo.audit_log l order by l.id`;
  for (;;) {
    const rows = await tx.query<ChainRow>(`fetch ${Math.trunc(size)} from chain`);
    if (rows.length === 0) return;
    yield rows;
  }
}

function conditions({ since, until, not, ...chosen }: ResolvedAuditFilter): Sql {
  return sql.and(
    since && sql`l.at >= ${since}::timestamptz`,
    until && sql`l.at < ${until}::timestamptz`,
    ...choices(chosen),
    ...sql.none(choices(not ?? {})),
  );
}

function choices({ actions, actor, user }: AuditChoices): Sql[] {
  return given([
    actions && sql`l.action = any(${actions}::text[])`,
    actor !== undefined &&
      sql`strpos(
        lower(concat_ws(' ', l.actor ->> 'user',
          concat_ws('@', l.actor ->> 'osUser', l.actor ->> 'host'), l.actor ->> 'dbRole')),
        lower(${actor}::text)) > 0`,
    user && about(user),
  ]);
}

/** That it was done to a user: who names the user, and what was done with a revocation that concerns them. */
function about({ id, username }: { id: string | null; username: string }): Sql {
  const named = sql`lower(l.detail ->> 'username') = lower(${username}::text)`;
  if (id === null) return named;
  return sql.or([
    named,
    sql`l.detail ->> 'user' = ${id}::text`,
    sql`l.detail @> jsonb_build_object('devices', jsonb_build_array(jsonb_build_object('user', ${id}::text)))`,
    // text beside text: whoever may write a row may have left anything
    sql`l.detail ->> 'revocation' = any(array(
      select r.id::text from tomo.revocations r where ${concerns({ id, username })}))`,
  ]);
}
