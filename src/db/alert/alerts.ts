import type { Alert, AlertFilter } from '../../model/alert.ts';
import type { Actor, Session } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { Params, type Statement } from '../port/sql.ts';

/** An alert `a` of the user `u` as the JSON of the domain type Alert. */
export const ALERT_JSON = `(select row_to_json(x) from (select
  a.id as "id", a.kind as "kind", u.username as "username", a.user_id as "userId", a.session_id as "sessionId", a.created_at as "createdAt",
  case when jsonb_typeof(a.evidence -> 'repeated') = 'number' then a.evidence -> 'repeated' else '0' end as "repeated",
  a.evidence ->> 'lastSession' as "lastSessionId", a.acknowledged_at as "acknowledgedAt", a.acknowledged_by as "acknowledgedBy",
  a.delivery as "delivery", a.delivered as "delivered", a.attempts as "attempts",
  case when a.delivery = 'pending' then a.next_attempt_at end as "nextAttemptAt", a.last_error as "lastError", a.evidence as "evidence") x)`;

interface JsonRow {
  json: string;
}

/** One page, newest first, and whether there is more behind it. `after`: the id it begins below. `userIds` null: everybody. */
export async function selectAlerts(
  tx: Transaction,
  filter: AlertFilter,
  userIds: string[] | null,
  page: { after: number | null; limit: number },
): Promise<{ alerts: Alert[]; more: boolean }> {
  const { sql, params } = alertsStatement(`${ALERT_JSON}::text as json`, filter, userIds, page);
  const rows = await tx.query<JsonRow>(sql, params);
  return {
    alerts: rows.slice(0, page.limit).map((row) => JSON.parse(row.json) as Alert),
    more: rows.length > page.limit,
  };
}

/** Every alert the filter selects, as the JSON text of each, newest first, streamed. */
export function streamAlerts(
  tx: Transaction,
  filter: AlertFilter,
  userIds: string[] | null,
  after: number | null,
): AsyncIterable<string> {
  const { sql, params } = alertsStatement(`${ALERT_JSON}::text as json`, filter, userIds, { after, limit: null });
  return tx.lines(sql, params);
}

/** How many, counted up to `cap`; null: all of them. */
export async function countAlerts(
  tx: Transaction,
  filter: AlertFilter,
  userIds: string[] | null,
  cap: number | null,
): Promise<number> {
  const { sql, params } = alertsStatement('a.id', filter, userIds, {
    after: null,
    limit: cap === null ? null : cap - 1,
  });
  const [row] = await tx.query<{ n: number }>(`select count(*)::int as n from (${sql}) x`, params);
  return row?.n ?? 0;
}

/** Ids of all that the filter selects. */
export async function selectAlertIds(
  tx: Transaction,
  filter: AlertFilter,
  userIds: string[] | null,
): Promise<number[]> {
  const { sql, params } = alertsStatement('a.id::int as id', filter, userIds, { after: null, limit: null });
  return (await tx.query<{ id: number }>(sql, params)).map((row) => row.id);
}

/** Those of these ids that exist, in any order. */
export async function selectAlertsById(tx: Transaction, ids: number[]): Promise<Alert[]> {
  const rows = await tx.query<JsonRow>(
    `select ${ALERT_JSON}::text as json from tomo.alerts a join tomo.users u on u.id = a.user_id where a.id = any($1::bigint[])`,
    [ids],
  );
  return rows.map((row) => JSON.parse(row.json) as Alert);
}

/** Those about a session, newest first. Nothing was raised about it before its login, but the cool-down counts it elsewhere. */
export async function selectAlertsOfSession(
  tx: Transaction,
  session: Pick<Session, 'id' | 'userId' | 'createdAt'>,
): Promise<Alert[]> {
  const rows = await tx.query<JsonRow>(
    `select ${ALERT_JSON}::text as json from tomo.alerts a join tomo.users u on u.id = a.user_id
      where a.user_id = $1::uuid and a.created_at >= $2::timestamptz - interval '1 hour'
        and (a.session_id = $3::uuid or a.evidence ->> 'lastSession' = $3::text)
      order by a.id desc limit 20`,
    [session.userId, session.createdAt, session.id],
  );
  return rows.map((row) => JSON.parse(row.json) as Alert);
}

/** Returns those of the ids that were open. Writes the audit. */
export async function acknowledgeAlerts(tx: Transaction, ids: number[], actor: Actor): Promise<number[]> {
  const [row] = await tx.query<{ json: string }>(
    'select to_json(tomo.acknowledge_alerts($1::bigint[], $2::jsonb))::text as json',
    [ids, JSON.stringify(actor)],
  );
  return JSON.parse(row?.json ?? '[]') as number[];
}

function alertsStatement(
  columns: string,
  filter: AlertFilter,
  userIds: string[] | null,
  page: { after: number | null; limit: number | null },
): Statement {
  const params = new Params();
  const where = [
    ...(filter.state === 'open'
      ? ['a.acknowledged_at is null']
      : filter.state === 'acknowledged'
        ? ['a.acknowledged_at is not null']
        : []),
    ...(filter.kinds ? [`a.kind = any(${params.add(filter.kinds)}::text[])`] : []),
    ...(filter.deliveries ? [`a.delivery = any(${params.add(filter.deliveries)}::text[])`] : []),
    ...(userIds ? [`a.user_id = any(${params.add(userIds)}::uuid[])`] : []),
    ...(filter.since ? [`a.created_at >= ${params.add(filter.since)}::timestamptz`] : []),
    ...(page.after === null ? [] : [`a.id < ${params.add(page.after)}::bigint`]),
  ];
  const limit = page.limit === null ? '' : ` limit ${params.add(page.limit + 1)}`;
  return {
    sql: `select ${columns} from tomo.alerts a join tomo.users u on u.id = a.user_id
           where ${where.length > 0 ? where.join(' and ') : 'true'} order by a.id desc${limit}`,
    params: params.values,
  };
}
