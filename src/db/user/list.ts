import type { User, UserFilter, UserPlace, UserSort } from '../../model/user.ts';
import { beyond, inOrder, type Key, textKey, timeKey } from '../list/by-column.ts';
import type { ByColumn, ColumnPage } from '../list/row-source.ts';
import { rowsBy } from '../list/rows.ts';
import type { Start } from '../list/start.ts';
import type { Transaction } from '../port/database.ts';
import { given, type Sql, selectJson, selectRows, selectValue, sql } from '../port/sql.ts';
import { LIVE_PASS, LIVENESS } from '../session/json.ts';

/** Names are unique without regard to case, and only the database knows what that means. */
const NAME = sql`lower(u.username)`;
const LIMIT = sql`tomo.session_limit(c.max_sessions, t.max_sessions_per_user)`;

/** Live sessions of every user, in one pass. */
const LIVE_COUNTS = sql`(select s.user_id, count(*)::int as n from ${LIVE_PASS} group by s.user_id)`;

/** The latest activity of every user; devices and places know who was here before the oldest session that is kept. */
const LAST_SEEN = sql`(
  select x.user_id, max(x.at) as at
    from (select user_id, max(last_activity_at) as at from tomo.sessions group by user_id
          union all select user_id, max(last_seen_at) from tomo.devices group by user_id
          union all select user_id, max(last_seen_at) from tomo.user_places group by user_id) x
   group by x.user_id)`;

/** Users, page by page and all of them. */
export const USER_ROWS = rowsBy<UserFilter, User, UserSort>(
  (filter, place, limit) => {
    const { key, from, where } = matching(filter, place);
    const byKey = place.sort !== 'name';
    const chosen = sql`select u.id, ${NAME} as name, ${key} as key ${from} where ${where}
      order by ${byKey ? sql`${key} desc,` : sql``} ${NAME} limit ${limit}::bigint`;
    const order = byKey ? sql`order by page.key desc, page.name` : sql`order by page.name`;
    return userStatement(chosen, order, limit !== null || filter.name !== undefined);
  },
  (filter) => {
    const { from, where } = matching(filter, { sort: 'name', after: null }, true);
    return sql`${from} where ${where}`;
  },
);

/** The users that match, and what they are sorted by. `all`: of each it is asked. */
function matching(filter: UserFilter, { sort, after }: Start<UserSort>, all = false) {
  const counted = sort === 'sessions' || filter.overLimit || (filter.withSessions && (all || sort === 'seen'));
  const live = sql`coalesce(l.n, 0)`;
  const key = { sessions: live, seen: sql`coalesce(v.at, '-infinity')`, name: sql`null` }[sort];
  const from = sql`
    from tomo.users u left join tomo.user_controls c on c.user_id = u.id cross join tomo.settings t
    ${counted ? sql`left join ${LIVE_COUNTS} l on l.user_id = u.id` : sql``}
    ${sort === 'seen' ? sql`left join ${LAST_SEEN} v on v.user_id = u.id` : sql``}`;
  const where = sql.and(
    ...choices(filter),
    ...sql.none(choices(filter.not ?? {})),
    filter.active !== undefined && sql`u.is_active = ${filter.active}::boolean`,
    filter.overLimit && sql`${LIMIT} > 0 and ${live} > ${LIMIT}`,
    // a probe of each user met on the way, unless they are all counted anyway
    filter.withSessions &&
      (counted ? sql`${live} > 0` : sql`(select true from ${LIVENESS} where s.user_id = u.id and s.live limit 1)`),
    after && behind(sort, key, after),
  );
  return { key, from, where };
}

function choices({ roles, name }: NonNullable<UserFilter['not']>): Sql[] {
  return given([
    roles && sql`u.role = any(${roles}::text[])`,
    name !== undefined && sql`strpos(lower(concat_ws(' ', u.username, u.email)), lower(${name}::text)) > 0`,
  ]);
}

function behind(sort: UserSort, key: Sql, after: readonly string[]): Sql {
  // names are unique, so the id behind them is not needed
  const name = sql`${NAME} > lower(${after.at(-2)}::text)`;
  if (sort === 'name') return name;
  const at = sort === 'seen' ? sql`${after[0]}::timestamptz` : sql`${after[0]}::bigint`;
  return sql`(${key} < ${at} or ${key} = ${at} and ${name})`;
}

/** `chosen` selects ids of users. `few`: their rows are looked up; else everything is read in one pass. */
function userStatement(chosen: Sql, order: Sql, few: boolean): Sql {
  const theirs = (alias: string) => (few ? sql`${sql.raw(alias)}.user_id in (select id from page)` : sql`true`);
  const live = sql`coalesce(f.live, 0)::int`;
  return sql`
    with page as materialized (${chosen})
    select (select row_to_json(x) from (select
      u.id as "id", u.username as "username", u.email as "email", u.role as "role", u.is_active as "active",
      u.created_at as "createdAt", ${live} as "liveSessions", nullif(${LIMIT}, 0) as "sessionLimit",
      case when c.max_sessions is null then 'setting' else 'own' end as "limitOrigin",
      ${LIMIT} > 0 and ${live} > ${LIMIT} as "overLimit",
      greatest(f.seen, d.at, p.at) as "lastSeenAt", greatest(f.login, d.at, p.at) as "lastLoginAt") x)::text as json
      from page join tomo.users u on u.id = page.id left join tomo.user_controls c on c.user_id = u.id
     cross join tomo.settings t
      left join (
        select s.user_id, count(*) filter (where s.live) as live, max(s.last_activity_at) as seen,
               max(s.created_at) as login
          from ${LIVENESS} where ${theirs('s')} group by s.user_id) f on f.user_id = u.id
      left join (select d.user_id, max(d.last_seen_at) as at from tomo.devices d where ${theirs('d')} group by d.user_id) d
             on d.user_id = u.id
      left join (
        select p.user_id, max(p.last_seen_at) as at from tomo.user_places p where ${theirs('p')} group by p.user_id) p
             on p.user_id = u.id
     ${order}`;
}

/** What users `u` are sorted by, with the controls `c` of each: as lists show it. */
const KEYS: Readonly<Record<string, Key>> = {
  user: textKey(sql`u.username`),
  role: textKey(sql`u.role`),
  status: textKey(sql`case when u.is_active then 'active' else 'inactive' end`),
  sessions: { type: 'bigint', key: sql`coalesce(l.n, 0)`, from: sql`` },
  email: textKey(sql`u.email`),
  origin: textKey(sql`case when c.max_sessions is null then 'setting' else 'own' end`),
  created: timeKey(sql`u.created_at`),
  uuid: textKey(sql`u.id::text`),
};

/** The first users in order of a column, behind a place. `cap`: counted so far where they are more. Null: not by this column. */
export async function selectUsersByColumn(
  tx: Transaction,
  filter: UserFilter,
  { column, rising, after }: ByColumn,
  limit: number,
  cap: number,
): Promise<ColumnPage<User> | null> {
  const by = KEYS[column];
  if (!by) return null;
  const { from, where } = matching(filter, { sort: column === 'sessions' ? 'sessions' : 'name', after: null }, true);
  const keys = await selectRows<{ id: string; key: string | null }>(tx)`
    select u.id, (${by.key})::text as key ${from} where ${sql.and(where, beyond(by, sql`u.id`, rising, after))}
     ${inOrder(by, sql`u.id`, rising)} limit ${limit}::bigint`;
  const ids = keys.map(({ id }) => id);
  const [found, total] = await Promise.all([
    selectJson<User>(tx)`${userStatement(sql`select id from unnest(${ids}::uuid[]) id`, sql``, true)}`,
    keys.length === limit
      ? selectValue<number>(tx)`select count(*)::int from (select ${from} where ${where} limit ${cap}::bigint) x`
      : null,
  ]);
  const rows = new Map(found.map((user) => [user.id, user]));
  return { rows: ids.flatMap((id) => rows.get(id) ?? []), keys, total };
}

/** One user with everything a list says of users. */
export async function selectUser(tx: Transaction, id: string): Promise<User | undefined> {
  const [user] = await selectJson<User>(tx)`${userStatement(sql`select ${id}::uuid as id`, sql``, true)}`;
  return user;
}

/** The countries a user has been in, the latest first. */
export function selectPlaces(tx: Transaction, userId: string): Promise<UserPlace[]> {
  return selectJson<UserPlace>(tx)`select json_build_object('country', p.country, 'firstSeenAt', p.first_seen_at,
        'lastSeenAt', p.last_seen_at)::text as json
       from tomo.user_places p where p.user_id = ${userId}::uuid order by p.last_seen_at desc, p.country`;
}
