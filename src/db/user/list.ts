import type { User, UserFilter, UserPlace, UserSort } from '../../model/user.ts';
import type { Transaction } from '../port/database.ts';
import { Params, type Statement } from '../port/sql.ts';
import { LIVE } from '../session/json.ts';

/** A place in a list of users: the sort key, where it is not the name, and the name of its last row. */
export interface UserCursor {
  key: string | null;
  username: string;
}

/** Names are unique without regard to case, and only the database knows what that means. */
const NAME = 'lower(u.username)';
const LIMIT = 'tomo.session_limit(c, t)';

/** tomo.live() but for the user, who is joined to the counts and not to each session. Inactive users have none. */
const COUNTED = 'tomo.within_limits(s, t, now()) and s.user_epoch >= coalesce(c.min_epoch, 0)';
const COUNT_JOINS =
  'tomo.sessions s left join tomo.user_controls c on c.user_id = s.user_id cross join tomo.settings t';

/** Live sessions of every user, in one pass. Wrapped, or an index is walked for the absolute lifetime, which hardly ever narrows anything. */
const LIVE_COUNTS = `(
  select s.user_id, count(*)::int as n from ${COUNT_JOINS}
   where s.ended_at is null and coalesce(${COUNTED}, false) group by s.user_id)`;

/** The latest activity of every user, in one pass. Devices and places know who has been here longer than sessions are kept. */
const LAST_SEEN = `(
  select x.user_id, max(x.at) as at
    from (select user_id, max(last_activity_at) as at from tomo.sessions group by user_id
          union all select user_id, max(last_seen_at) from tomo.devices group by user_id
          union all select user_id, max(last_seen_at) from tomo.user_places group by user_id) x
   group by x.user_id)`;

/** The users that match, as `id`, `name` and the sort key `key`, best first; `limit` null: all of them. */
function matching(
  filter: UserFilter,
  sort: UserSort | null,
  after: UserCursor | null,
  limit: number | null,
  params: Params,
): string {
  const counted = sort === 'sessions' || filter.overLimit || (filter.withSessions && sort === 'seen');
  const live = 'case when u.is_active then coalesce(l.n, 0) else 0 end';
  const key = { sessions: live, seen: `coalesce(v.at, '-infinity')`, name: 'null' }[sort ?? 'name'];
  const where = [
    ...(filter.roles ? [`u.role = any(${params.add(filter.roles)}::text[])`] : []),
    ...(filter.active === undefined ? [] : [`u.is_active = ${params.add(filter.active)}::boolean`]),
    ...(filter.name === undefined
      ? []
      : [`strpos(lower(concat_ws(' ', u.username, u.email)), lower(${params.add(filter.name)})) > 0`]),
    ...(filter.overLimit ? [`${LIMIT} > 0 and ${live} > ${LIMIT}`] : []),
    // a probe of each user met on the way, unless they are all counted anyway
    ...(filter.withSessions
      ? [counted ? `${live} > 0` : `(select true from tomo.sessions s where s.user_id = u.id and ${LIVE} limit 1)`]
      : []),
    ...(after ? [beyond(sort, key, after, params)] : []),
  ];
  const order = sort === null ? '' : `order by ${sort === 'name' ? '' : `${key} desc, `}${NAME}`;
  return `
    select u.id, ${NAME} as name, ${key} as key
      from tomo.users u left join tomo.user_controls c on c.user_id = u.id cross join tomo.settings t
      ${counted ? `left join ${LIVE_COUNTS} l on l.user_id = u.id` : ''}
      ${sort === 'seen' ? `left join ${LAST_SEEN} v on v.user_id = u.id` : ''}
     where ${where.length > 0 ? where.join(' and ') : 'true'} ${order} ${limit === null ? '' : `limit ${params.add(limit)}`}`;
}

function beyond(sort: UserSort | null, key: string, after: UserCursor, params: Params): string {
  const name = `${NAME} > lower(${params.add(after.username)})`;
  if (after.key === null) return name;
  const at = `${params.add(after.key)}::${sort === 'seen' ? 'timestamptz' : 'int'}`;
  return `(${key} < ${at} or ${key} = ${at} and ${name})`;
}

/** A user as the JSON of the domain type User. Needs `u`, `c`, `t` and the facts `f`, `d` and `p` below. */
const LIVE_SESSIONS = 'case when u.is_active then coalesce(f.live, 0)::int else 0 end';
const USER_JSON = `(select row_to_json(x) from (select
  u.id as "id", u.username as "username", u.email as "email", u.role as "role", u.is_active as "active", u.created_at as "createdAt",
  ${LIVE_SESSIONS} as "liveSessions", nullif(${LIMIT}, 0) as "sessionLimit",
  case when c.max_sessions is null then 'setting' else 'own' end as "limitOrigin",
  ${LIMIT} > 0 and ${LIVE_SESSIONS} > ${LIMIT} as "overLimit",
  greatest(f.seen, d.at, p.at) as "lastSeenAt", greatest(f.login, d.at, p.at) as "lastLoginAt") x)`;

/** `few`: the chosen users are few, so their rows are looked up; else everything is read in one pass. */
function userStatement(chosen: string, order: string, few: boolean, params: Params): Statement {
  const theirs = few ? 'user_id in (select id from page)' : 'true';
  return {
    sql: `
      with page as materialized (${chosen})
      select ${USER_JSON}::text as json
        from page g join tomo.users u on u.id = g.id left join tomo.user_controls c on c.user_id = u.id cross join tomo.settings t
        left join (
          select s.user_id, count(*) filter (where ${COUNTED}) as live, max(s.last_activity_at) as seen, max(s.created_at) as login
            from ${COUNT_JOINS} where ${few ? `s.${theirs}` : theirs} group by s.user_id) f on f.user_id = u.id
        left join (select user_id, max(last_seen_at) as at from tomo.devices where ${theirs} group by user_id) d on d.user_id = u.id
        left join (select user_id, max(last_seen_at) as at from tomo.user_places where ${theirs} group by user_id) p on p.user_id = u.id
       ${order}`,
    params: params.values,
  };
}

function pageStatement(filter: UserFilter, sort: UserSort, after: UserCursor | null, limit: number | null): Statement {
  const params = new Params();
  const order = sort === 'name' ? 'order by g.name' : 'order by g.key desc, g.name';
  return userStatement(
    matching(filter, sort, after, limit, params),
    order,
    limit !== null || filter.name !== undefined,
    params,
  );
}

/** One page of the users that match. */
export async function selectUserPage(
  tx: Transaction,
  filter: UserFilter,
  sort: UserSort,
  page: { after: UserCursor | null; limit: number },
): Promise<User[]> {
  const { sql, params } = pageStatement(filter, sort, page.after, page.limit);
  return (await tx.query<{ json: string }>(sql, params)).map((row) => JSON.parse(row.json) as User);
}

/** Every user that matches, as JSON text, streamed. */
export function streamUsers(
  tx: Transaction,
  filter: UserFilter,
  sort: UserSort,
  after: UserCursor | null,
): AsyncIterable<string> {
  const { sql, params } = pageStatement(filter, sort, after, null);
  return tx.lines(sql, params);
}

/** How many users match; counting stops at `cap` (null: it does not). */
export async function countUsers(tx: Transaction, filter: UserFilter, cap: number | null): Promise<number> {
  const params = new Params();
  const [row] = await tx.query<{ n: number }>(
    `select count(*)::int as n from (${matching(filter, null, null, cap, params)}) x`,
    params.values,
  );
  return row?.n ?? 0;
}
/** One user with everything a list says of users. */
export async function selectUser(tx: Transaction, id: string): Promise<User | undefined> {
  const params = new Params();
  const { sql } = userStatement(`select ${params.add(id)}::uuid as id`, '', true, params);
  const [row] = await tx.query<{ json: string }>(sql, params.values);
  return row && (JSON.parse(row.json) as User);
}

/** The countries a user has been in, the latest first. */
export async function selectPlaces(tx: Transaction, userId: string): Promise<UserPlace[]> {
  const rows = await tx.query<{ json: string }>(
    `select (select row_to_json(x) from (select p.country as "country", p.first_seen_at as "firstSeenAt", p.last_seen_at as "lastSeenAt") x)::text as json
       from tomo.user_places p where p.user_id = $1::uuid order by p.last_seen_at desc, p.country`,
    [userId],
  );
  return rows.map((row) => JSON.parse(row.json) as UserPlace);
}
