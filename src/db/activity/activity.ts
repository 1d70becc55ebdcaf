import type { ActivityEntry, ActivityFilter } from '../../model/activity.ts';
import type { Activity } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { Params, type Statement } from '../port/sql.ts';

/** A place in a list of activity: time, session and, since two rows may have both in common, the row itself. */
export interface ActivityCursor {
  at: string;
  session: string;
  row: string;
}

const OF_USERS = (names: string) =>
  `s.user_id = any(array(select id from tomo.users where lower(username) = any(array(select lower(name) from unnest(${names}::text[]) name))))`;

function conditions(filter: ActivityFilter, params: Params): string[] {
  return [
    ...(filter.session === undefined ? [] : [`a.session_id = ${params.add(filter.session)}::uuid`]),
    ...(filter.since ? [`a.at >= ${params.add(filter.since)}::timestamptz`] : []),
    ...(filter.until ? [`a.at < ${params.add(filter.until)}::timestamptz`] : []),
    ...(filter.kinds ? [`a.kind = any(${params.add(filter.kinds)}::text[])`] : []),
    ...(filter.path === undefined ? [] : [`strpos(lower(a.path), lower(${params.add(filter.path)})) > 0`]),
    ...(filter.statuses
      ? [
          `(${filter.statuses.map(([from, to]) => `a.status between ${params.add(from)}::int and ${params.add(to)}::int`).join(' or ')})`,
        ]
      : []),
  ];
}

const ORDER = { latest: 'a.at desc, a.session_id desc, a.row desc', earliest: 'a.at, a.session_id, a.row' };

/** A row `a` of session_activity as the JSON of the domain type Activity. */
const ACTIVITY_JSON = `json_build_object('at', a.at, 'kind', a.kind, 'name', a.name, 'path', a.path, 'status', a.status, 'ip', host(a.ip))`;

/** An entry as the JSON of the domain type ActivityEntry, for an `a` of the columns of session_activity. */
const ENTRY_JSON = `(select row_to_json(x) from (select a.at as "at", a.session_id as "sessionId", u.username as "username",
  a.kind as "kind", a.name as "name", a.path as "path", a.status as "status", host(a.ip) as "ip") x)`;
const ENTRY_JOINS = 'left join tomo.sessions s on s.id = a.session_id left join tomo.users u on u.id = s.user_id';
const ROWS = '(select a.*, a.ctid as row from tomo.session_activity a)';

function pageStatement(filter: ActivityFilter, after: ActivityCursor | null, limit: number): Statement {
  const params = new Params();
  const where = [...conditions(filter, params), ...beyond(after, params)];
  const latest = `order by ${ORDER.latest} limit ${params.add(limit)}`;
  // the end of each session of theirs: in the order of time, what a user did long ago is met after everything else; a
  // day for the clock of a server, since what is older than the session need not be looked for
  const rows = filter.users
    ? `(select a.* from tomo.sessions s cross join lateral (
          select a.* from ${ROWS} a where ${['a.session_id = s.id', `a.at >= s.created_at - interval '1 day'`, ...where].join(' and ')} ${latest}) a
         where ${OF_USERS(params.add(filter.users))} ${latest})`
    : `(select a.* from ${ROWS} a where ${['true', ...where].join(' and ')} ${latest})`;
  return {
    sql: `select ${ENTRY_JSON}::text as json, a.row::text as row from ${rows} a ${ENTRY_JOINS} order by ${ORDER.latest}`,
    params: params.values,
  };
}

function beyond(after: ActivityCursor | null, params: Params): string[] {
  if (!after) return [];
  const at = `${params.add(after.at)}::timestamptz`;
  // the time once more alone: whole weeks are left out by that, but not by a comparison of rows
  return [
    `a.at <= ${at}`,
    `(a.at, a.session_id, a.row) < (${at}, ${params.add(after.session)}::uuid, ${params.add(after.row)}::tid)`,
  ];
}

function allOf(filter: ActivityFilter, params: Params): string {
  const users = filter.users
    ? [`a.session_id in (select s.id from tomo.sessions s where ${OF_USERS(params.add(filter.users))})`]
    : [];
  return ['true', ...conditions(filter, params), ...users].join(' and ');
}

/** One page, latest first, with the row of each entry for a cursor. */
export async function selectActivityPage(
  tx: Transaction,
  filter: ActivityFilter,
  page: { after: ActivityCursor | null; limit: number },
): Promise<{ entry: ActivityEntry; row: string }[]> {
  const { sql, params } = pageStatement(filter, page.after, page.limit);
  const rows = await tx.query<{ json: string; row: string }>(sql, params);
  return rows.map(({ json, row }) => ({ entry: JSON.parse(json) as ActivityEntry, row }));
}

/** Everything the filter selects, as the JSON text of each entry, streamed. `after` goes with the latest first. */
export function streamActivity(
  tx: Transaction,
  filter: ActivityFilter,
  order: keyof typeof ORDER,
  after: ActivityCursor | null,
): AsyncIterable<string> {
  const params = new Params();
  const where = [allOf(filter, params), ...beyond(after, params)].join(' and ');
  const sql = `select ${ENTRY_JSON}::text as json from ${ROWS} a ${ENTRY_JOINS} where ${where} order by ${ORDER[order]}`;
  return tx.lines(sql, params.values);
}

/** How many entries the filter selects. */
export async function countActivity(tx: Transaction, filter: ActivityFilter): Promise<number> {
  const params = new Params();
  const [row] = await tx.query<{ n: number }>(
    `select count(*)::int as n from tomo.session_activity a where ${allOf(filter, params)}`,
    params.values,
  );
  return row?.n ?? 0;
}

/** Sessions whose id lies in a range of ids, those that are deleted and have left activity too. */
export async function selectSessionsWithActivity(
  tx: Transaction,
  { from, to }: { from: string; to: string },
  limit: number,
): Promise<{ id: string; username: string | null }[]> {
  return tx.query<{ id: string; username: string | null }>(
    `select x.id, u.username
       from ((select s.id from tomo.sessions s where s.id between $1::uuid and $2::uuid order by s.id limit $3)
             union (select distinct a.session_id from tomo.session_activity a where a.session_id between $1::uuid and $2::uuid limit $3)) x
       left join tomo.sessions s on s.id = x.id left join tomo.users u on u.id = s.user_id order by x.id limit $3`,
    [from, to, limit],
  );
}

/** What a session did last, latest first. */
export async function selectActivity(tx: Transaction, sessionId: string, limit: number): Promise<Activity[]> {
  const rows = await tx.query<{ json: string }>(
    `select ${ACTIVITY_JSON}::text as json from tomo.session_activity a where a.session_id = $1::uuid order by a.at desc limit $2`,
    [sessionId, limit],
  );
  return rows.map((row) => JSON.parse(row.json) as Activity);
}

/** What a session did from ten seconds before a moment on, earliest first, each with its place in the table; and the time now. */
export async function selectActivitySince(
  tx: Transaction,
  sessionId: string,
  at: string,
): Promise<{ now: string; rows: { row: string; entry: Activity }[] }> {
  const [found] = await tx.query<{ json: { now: string; rows: { row: string; entry: Activity }[] } }>(
    `select json_build_object('now', clock_timestamp(), 'rows', coalesce((
       select json_agg(json_build_object('row', format('%s %s', a.tableoid, a.ctid), 'entry', ${ACTIVITY_JSON}) order by a.at, a.ctid)
         from tomo.session_activity a where a.session_id = $1::uuid and a.at > $2::timestamptz - interval '10 seconds'), '[]')) as json`,
    [sessionId, at],
  );
  if (!found) throw new Error('a select without from returned nothing');
  return found.json;
}
