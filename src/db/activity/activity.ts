import type { ActivityEntry, ActivityFilter } from '../../model/activity.ts';
import type { Activity } from '../../model/session.ts';
import { addressKey, type Keys, numberKey, rowsByColumn, textKey, timeKey } from '../list/by-column.ts';
import type { IdRange } from '../list/id-range.ts';
import { type Rows, rowsBy } from '../list/rows.ts';
import type { Start } from '../list/start.ts';
import type { Transaction } from '../port/database.ts';
import { given, type Sql, selectDocument, selectJson, selectRows, sql } from '../port/sql.ts';

/** Latest first, or earliest. */
export type ActivityOrder = 'latest' | 'earliest';

/** An entry, and on a page where its row is: two may have time and session in common. */
export type ActivityRow = ActivityEntry & { row?: string };

const ENTRY = sql`a.at as "at", a.session_id as "sessionId", u.username as "username", a.kind as "kind", a.name as "name",
  a.path as "path", a.status as "status", host(a.ip) as "ip"`;

const BY_TIME = rowsBy<ActivityFilter, ActivityRow, ActivityOrder>(
  statement,
  (filter) => sql`from tomo.session_activity a where ${sql.and(entryConditions(filter), ofUsers(filter))}`,
);

const PLACE = sql`concat_ws('|', a.at, a.session_id, a.ctid)`;

/** What an entry `a` is sorted by: as lists show it. */
const KEYS: Keys = {
  at: timeKey(sql`a.at`),
  user: textKey(sql`u.username`, sql`left join tomo.users u on u.id = a.user_id`),
  session: textKey(sql`a.session_id::text`),
  kind: textKey(sql`a.kind`),
  status: numberKey(sql`a.status`),
  name: textKey(sql`a.name`),
  path: textKey(sql`a.path`),
  ip: addressKey(sql`a.ip`),
};

/** Entries, page by page and all of them, in order of time or of a column; `session` of the filter is a whole id. */
export const ACTIVITY_ROWS: Rows<ActivityFilter, ActivityRow, ActivityOrder> = {
  ...BY_TIME,
  byColumn: rowsByColumn({
    keyOf: (column) => KEYS[column],
    tie: [
      { column: sql`a.at`, type: 'timestamptz' },
      { column: sql`a.session_id`, type: 'uuid' },
      { column: sql`a.ctid`, type: 'tid' },
    ],
    from: () => sql`tomo.session_activity a`,
    where: (filter) => sql.and(entryConditions(filter), ofUsers(filter)),
    read: (tx, places) => selectJson<ActivityRow>(tx)`select (select row_to_json(x) from (
        select ${ENTRY}, ${PLACE} as "row") x)::text as json
      from tomo.session_activity a left join tomo.users u on u.id = a.user_id
     where a.ctid = any(array(select split_part(p, '|', 3)::tid from unnest(${places}::text[]) p))
       and ${PLACE} = any(${places}::text[])`,
    tieOf: ({ row = '' }) => row,
  }),
};

function statement(filter: ActivityFilter, start: Start<ActivityOrder>, limit: number | null): Sql {
  const where = sql.and(entryConditions(filter), behind(start));
  const order = orderBy(start);
  const rows = sql`(select a.*, a.ctid as row from tomo.session_activity a)`;
  const page = sql`order by ${order} limit ${limit}::bigint`;
  const all = sql`select a.* from ${rows} a where ${sql.and(where, ofUsers(filter))}`;
  const first = sql`${all} ${page}`;
  // the end of what each of them did: in the order of time, what one did long ago is met after everything else
  const firstOfEach =
    filter.users &&
    sql`select a.* from unnest(${userIds(filter.users)}) t(id)
         cross join lateral (select a.* from ${rows} a where a.user_id = t.id and ${where} ${page}) a ${page}`;
  const chosen = limit === null ? all : firstOfEach ? sql.either(firstOfEach, first) : first;
  const row = limit === null ? sql`` : sql`, a.row::text as "row"`;
  return sql`select (select row_to_json(x) from (select ${ENTRY}${row}) x)::text as json
    from (${chosen}) a left join tomo.users u on u.id = a.user_id
   order by ${order}`;
}

function entryConditions({ since, until, not, ...chosen }: ActivityFilter): Sql {
  return sql.and(
    since && sql`a.at >= ${since}::timestamptz`,
    until && sql`a.at < ${until}::timestamptz`,
    ...choices(chosen),
    ...sql.none([...choices(not ?? {}), ofUsers(not ?? {})]),
  );
}

function choices({ session, ips, kinds, path, statuses }: NonNullable<ActivityFilter['not']>): Sql[] {
  return given([
    session !== undefined && sql`a.session_id = ${session}::uuid`,
    ips && sql.or(ips.map((ip) => sql`a.ip <<= ${ip}::inet`)),
    kinds && sql`a.kind = any(${kinds}::text[])`,
    path !== undefined && sql`strpos(lower(a.path), lower(${path})) > 0`,
    statuses && sql.or(statuses.map(([from, to]) => sql`a.status between ${from}::int and ${to}::int`)),
  ]);
}

function ofUsers({ users }: Pick<ActivityFilter, 'users'>): Sql | undefined {
  return users && sql`a.user_id = any(${userIds(users)})`;
}

function userIds(names: string[]): Sql {
  return sql`array(select id from tomo.users
    where lower(username) = any(array(select lower(name) from unnest(${names}::text[]) name)))`;
}

function orderBy({ sort }: Start<ActivityOrder>): Sql {
  return sort === 'latest' ? sql`a.at desc, a.session_id desc, a.row desc` : sql`a.at, a.session_id, a.row`;
}

function behind({ sort, after }: Start<ActivityOrder>): Sql | null {
  if (!after) return null;
  const [at, session, row] = after;
  const beyond = sql.raw(sort === 'latest' ? '<' : '>');
  // the time once more alone: whole weeks are left out by that, but not by a comparison of rows
  return sql`a.at ${beyond}= ${at}::timestamptz
    and (a.at, a.session_id, a.row) ${beyond} (${at}::timestamptz, ${session}::uuid, ${row}::tid)`;
}

export interface SessionWithActivity {
  id: string;
  username: string | null;
  deleted: boolean;
}

/** Sessions whose id lies in a range of ids, those that are deleted and have left activity too. */
export function selectSessionsWithActivity(tx: Transaction, { from, to }: IdRange, most: number) {
  const range = sql`between ${from}::uuid and ${to}::uuid`;
  const limit = sql`limit ${most}::bigint`;
  return selectRows<SessionWithActivity>(tx)`select x.id, max(u.username) as username, bool_and(x.deleted) as deleted
       from ((select s.id, s.user_id, false as deleted from tomo.sessions s where s.id ${range} order by s.id ${limit})
             union (select distinct on (a.session_id) a.session_id, a.user_id, true from tomo.session_activity a
                     where a.session_id ${range} order by a.session_id, a.at desc ${limit})) x
       left join tomo.users u on u.id = x.user_id group by x.id order by x.id ${limit}`;
}

/** A row `a` of session_activity as the JSON of the domain type Activity. */
const ACTIVITY_JSON = sql`json_build_object('at', a.at, 'kind', a.kind, 'name', a.name, 'path', a.path,
  'status', a.status, 'ip', host(a.ip))`;

/** What the session whose id lies in a range of ids did last, latest first. */
export function selectActivity(tx: Transaction, { from, to }: IdRange, limit: number): Promise<Activity[]> {
  return selectJson<Activity>(tx)`select ${ACTIVITY_JSON}::text as json from tomo.session_activity a
      where a.session_id = (select s.id from tomo.sessions s where s.id between ${from}::uuid and ${to}::uuid limit 1)
      order by a.at desc limit ${limit}::bigint`;
}

/** What a session did from ten seconds before a moment on, earliest first, with places in the table; and the time. */
export function selectActivitySince(tx: Transaction, sessionId: string, at: string) {
  return selectDocument<{ now: string; rows: { row: string; entry: Activity }[] }>(tx)`
    select json_build_object('now', clock_timestamp(), 'rows', coalesce((
       select json_agg(json_build_object('row', format('%s %s', a.tableoid, a.ctid), 'entry', ${ACTIVITY_JSON})
                       order by a.at, a.ctid)
         from tomo.session_activity a
        where a.session_id = ${sessionId}::uuid and a.at > ${at}::timestamptz - interval '10 seconds'),
       '[]'))::text as json`;
}
