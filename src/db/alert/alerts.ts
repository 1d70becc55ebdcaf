import type { Alert, AlertFilter } from '../../model/alert.ts';
import type { Actor } from '../../model/session.ts';
import { always, type Keys, numberKey, rowsByColumn, textKey, timeKey } from '../list/by-column.ts';
import type { IdRange } from '../list/id-range.ts';
import { type NewestFirst, type Rows, rowsBy } from '../list/rows.ts';
import type { Transaction } from '../port/database.ts';
import { given, type Sql, selectDocument, selectJson, selectValues, sql } from '../port/sql.ts';

/** A filter whose users are known by id. */
export type ResolvedAlertFilter = Omit<AlertFilter, 'users' | 'not'> & {
  userIds?: string[] | undefined;
  not?: Pick<ResolvedAlertFilter, 'kinds' | 'deliveries' | 'userIds'> | undefined;
};

const REPEATED = sql`case when jsonb_typeof(a.evidence -> 'repeated') = 'number' then a.evidence -> 'repeated' else '0' end`;

const NEXT = sql`case when a.delivery = 'pending' then a.next_attempt_at end`;

/** An alert `a` of the user `u` as the JSON of the domain type Alert. */
export const ALERT_JSON = sql`(select row_to_json(x) from (select
  a.id as "id", a.kind as "kind", u.username as "username", a.user_id as "userId", a.session_id as "sessionId",
  a.created_at as "createdAt",
  ${REPEATED} as "repeated",
  a.evidence ->> 'lastSession' as "lastSessionId", a.acknowledged_at as "acknowledgedAt",
  a.acknowledged_by as "acknowledgedBy", a.delivery as "delivery", a.delivered as "delivered",
  a.attempts as "attempts", ${NEXT} as "nextAttemptAt",
  a.last_error as "lastError", a.evidence as "evidence") x)`;

const FROM = sql`tomo.alerts a join tomo.users u on u.id = a.user_id`;
const SELECT = sql`select ${ALERT_JSON}::text as json from ${FROM}`;

/** Alerts, page by page and all of them. */
const NEWEST = rowsBy<ResolvedAlertFilter, Alert, NewestFirst>(
  (filter, { after }, limit) => sql`${SELECT}
    where ${sql.and(conditions(filter), after && sql`a.id < ${after[0]}::bigint`)}
    order by a.id desc limit ${limit}::bigint`,
  matching,
);

/** An object of the evidence; empty where there is none. */
const objectOf = (name: string) => {
  const value = sql`a.evidence -> '${sql.raw(name)}'`;
  return sql`case when jsonb_typeof(${value}) = 'object' then ${value} else '{}' end`;
};
const textOf = (object: Sql, name: string) => {
  const key = sql.raw(name);
  return sql`case when jsonb_typeof(${object} -> '${key}') = 'string' then nullif(${object} ->> '${key}', '') end`;
};
const PLACE = sql`((${objectOf('place')}) || (${objectOf('to')}))`;

/** What an alert `a` is sorted by: as lists show it. What happened are words, which the database does not have. */
const KEYS: Keys = {
  id: always(numberKey(sql`a.id`)),
  when: always(timeKey(sql`a.created_at`)),
  kind: textKey(sql`a.kind`),
  user: textKey(sql`u.username`, sql`join tomo.users u on u.id = a.user_id`),
  session: textKey(sql`a.session_id::text`),
  delivery: textKey(sql`a.delivery`),
  repeats: { type: 'numeric', key: sql`(${REPEATED})::numeric`, from: sql`` },
  ip: textKey(sql`coalesce(${textOf(PLACE, 'ip')}, ${textOf(sql`a.evidence`, 'ip')})`),
  place: textKey(sql`concat_ws(', ', ${textOf(PLACE, 'city')}, ${textOf(PLACE, 'country')})`),
  acknowledged: timeKey(sql`a.acknowledged_at`),
  by: textKey(sql`a.acknowledged_by`),
  attempts: numberKey(sql`a.attempts`),
  next: timeKey(NEXT),
  error: textKey(sql`a.last_error`),
};

/** The same, and in order of any column. */
export const ALERT_ROWS: Rows<ResolvedAlertFilter, Alert, NewestFirst> = {
  ...NEWEST,
  byColumn: rowsByColumn({
    keyOf: (column) => KEYS[column],
    tie: [{ column: sql`a.id`, type: 'bigint' }],
    from: () => sql`tomo.alerts a`,
    where: conditions,
    read: (tx, ids) => selectAlertsById(tx, ids.map(Number)),
    tieOf: ({ id }) => String(id),
  }),
};

function matching(filter: ResolvedAlertFilter): Sql {
  return sql`from ${FROM} where ${conditions(filter)}`;
}

function conditions({ state, since, not, ...chosen }: ResolvedAlertFilter): Sql {
  return sql.and(
    state === 'open' && sql`a.acknowledged_at is null`,
    state === 'acknowledged' && sql`a.acknowledged_at is not null`,
    since && sql`a.created_at >= ${since}::timestamptz`,
    ...choices(chosen),
    ...sql.none(choices(not ?? {})),
  );
}

function choices({ kinds, deliveries, userIds }: NonNullable<ResolvedAlertFilter['not']>): Sql[] {
  return given([
    kinds && sql`a.kind = any(${kinds}::text[])`,
    deliveries && sql`a.delivery = any(${deliveries}::text[])`,
    userIds && sql`a.user_id = any(${userIds}::uuid[])`,
  ]);
}

/** Ids of all that the filter selects. */
export function selectAlertIds(tx: Transaction, filter: ResolvedAlertFilter): Promise<number[]> {
  return selectValues<number>(tx)`select a.id::float8 ${matching(filter)} order by a.id desc`;
}

/** Those of these ids that exist, in any order. */
export function selectAlertsById(tx: Transaction, ids: number[]): Promise<Alert[]> {
  return selectJson<Alert>(tx)`${SELECT} where a.id = any(${ids}::bigint[])`;
}

/**
 * Those about the session whose id lies in a range of ids, newest first; none was raised before its login, but the
 * cool-down counts it elsewhere.
 */
export function selectAlertsOfSession(tx: Transaction, { from, to }: IdRange): Promise<Alert[]> {
  return selectJson<Alert>(tx)`${SELECT}
      join tomo.sessions s on s.id between ${from}::uuid and ${to}::uuid
      where a.user_id = s.user_id and a.created_at >= s.created_at - interval '1 hour'
        and (a.session_id = s.id or a.evidence ->> 'lastSession' = s.id::text)
      order by a.id desc limit 20`;
}

/** Returns those of the ids that were open. Writes the audit. */
export function acknowledgeAlerts(tx: Transaction, ids: number[], actor: Actor): Promise<number[]> {
  return selectDocument<number[]>(tx)`
    select coalesce(to_json(tomo.acknowledge_alerts(${ids}::bigint[], ${JSON.stringify(actor)}::jsonb)), '[]')::text
      as json`;
}

/** Takes that back; returns those of the ids that were acknowledged. Writes the audit. */
export function unacknowledgeAlerts(tx: Transaction, ids: number[], actor: Actor): Promise<number[]> {
  return selectDocument<number[]>(tx)`
    select to_json(tomo.unacknowledge_alerts(${ids}::bigint[], ${JSON.stringify(actor)}::jsonb))::text as json`;
}

/** Those that were acknowledged last, together; not by their own users, who have said that it was not them. */
export function selectLastAcknowledged(tx: Transaction): Promise<number[]> {
  return selectValues<number>(tx)`
    select id::float8 from tomo.alerts where not evidence ? 'disowned' and acknowledged_at = (
      select max(acknowledged_at) from tomo.alerts where not evidence ? 'disowned') order by id`;
}
