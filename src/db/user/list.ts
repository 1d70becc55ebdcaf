import type { Timestamp } from '../../model/session.ts';
import type { User, UserFilter, UserPlace, UserSort } from '../../model/user.ts';
import { booleanKey, type Keys, numberKey, pageOfKeys, selectKeys, textKey, timeKey } from '../list/by-column.ts';
import { type Rows, rowsBy } from '../list/rows.ts';
import type { Start } from '../list/start.ts';
import type { Transaction } from '../port/database.ts';
import { given, type Sql, selectJson, selectRows, selectValue, sql } from '../port/sql.ts';
import { bucketOf } from '../session/conditions.ts';
import { LIVENESS } from '../session/json.ts';
import { areFewLapsed, FEW, livePerUser, WITH_FEW } from '../session/lapsed.ts';
import { prepareSelection } from '../session/selection.ts';
import { selectPageOfSessions } from '../session/sessions.ts';

/** Names are unique without regard to case, and only the database knows what that means. */
const NAME = sql`lower(u.username)`;
const LIMIT = sql`tomo.session_limit(c.max_sessions, t.max_sessions_per_user)`;
const LIVE = sql`coalesce(l.n, 0)`;
const OVER = sql`${LIMIT} > 0 and ${LIVE} > ${LIMIT}`;

/**
 * What is counted of users before they are put in order, joined to them: their live sessions `l`, and when they
 * were here last `v`.
 */
interface Counted {
  live?: Sql | undefined;
  latest?: Sql | undefined;
}
type Latest = 'last_activity_at' | 'created_at';

/** Of all users. `all`: of each that matches it is asked whether there are live sessions. */
async function countedFor(
  tx: Transaction,
  { overLimit, withSessions }: UserFilter,
  sort: UserSort,
  all = false,
): Promise<Counted> {
  // where it fails, so does what is counted
  tx.script(`set local work_mem = '64MB'`).catch(() => {});
  const live = sort === 'sessions' || overLimit || (withSessions && (all || sort === 'seen'));
  return {
    live: live ? sql`left join (${liveCounts(await areFewLapsed(tx))}) l on l.user_id = u.id` : undefined,
    latest: sort === 'seen' ? sql`left join (${lastOf('last_activity_at')}) v on v.user_id = u.id` : undefined,
  };
}

/** Users whose sessions are counted like this. */
const rowsOf = (counted: Counted) =>
  rowsBy<UserFilter, User, UserSort>(
    (filter, place, limit) => {
      const key = { sessions: LIVE, seen: sql`coalesce(v.at, '-infinity')`, name: sql`null` }[place.sort];
      const byKey = place.sort !== 'name';
      const where = sql.and(matching(filter, counted), place.after && behind(place.sort, key, place.after));
      const chosen = sql`select u.id, ${NAME} as name, ${key} as key from ${from(counted)} where ${where}
        order by ${byKey ? sql`${key} desc,` : sql``} ${NAME} limit ${limit}::bigint`;
      const order = byKey ? sql`order by page.key desc, page.name` : sql`order by page.name`;
      return userStatement(chosen, order, limit !== null || filter.name !== undefined);
    },
    (filter) => {
      const needed = { live: filter.overLimit || filter.withSessions ? counted.live : undefined };
      return sql`from ${from(needed)} where ${matching(filter, needed)}`;
    },
  );

/** Users, page by page and all of them, and in order of any column. */
export const USER_ROWS: Rows<UserFilter, User, UserSort> = {
  async page(tx, filter, start, limit, along) {
    const first = await firstOf(tx, start, limit);
    if (first) {
      const found = await rowsOf(first).page(tx, filter, start, limit, { ...along, last: false });
      // not all of them match
      if (found.rows.length === limit) return found;
    }
    return rowsOf(await countedFor(tx, filter, start.sort)).page(tx, filter, start, limit, along);
  },
  async *stream(tx, filter, start) {
    yield* rowsOf(await countedFor(tx, filter, start.sort)).stream(tx, filter, start);
  },
  count: async (tx, filter, last) => rowsOf(await countedFor(tx, filter, 'name', true)).count(tx, filter, last),
  async byColumn(tx, filter, { column, ...place }, limit, cap) {
    const by = KEYS[column];
    if (!by) return null;
    const sort = column === 'sessions' || column === 'over' ? 'sessions' : 'name';
    const { live } = await countedFor(tx, filter, sort, true);
    const latest = LATEST[column];
    const counted = { live, latest: latest && sql`left join (${lastOf(latest)}) v on v.user_id = u.id` };
    const rows = { from: from(counted), where: matching(filter, counted) };
    const keys = await selectKeys(tx, { by, ...rows }, [{ column: sql`u.id`, type: 'uuid' }], place, limit);
    tx.last();
    return pageOfKeys(keys, limit, {
      read: (ids) => selectJson<User>(tx)`${userStatement(sql`select id from unnest(${ids}::uuid[]) id`, sql``, true)}`,
      tieOf: ({ id }) => id,
      count: () =>
        selectValue<number>(tx)`
          select count(*)::int from (select from ${rows.from} where ${rows.where} limit ${cap}::bigint) x`,
    });
  },
};

/** Where so many would come first, all are put in order. */
const FIRST = 1000;
/** So many of the latest sessions belong to as many users as a page has, or nearly always. */
const PER_USER = 4;

/**
 * Those who come first behind a place, and others; null: that is not known without all of them. A filter
 * may leave too few.
 */
async function firstOf(tx: Transaction, { sort, after }: Start<UserSort>, limit: number): Promise<Counted | null> {
  const below = after?.[0] ?? null;
  const first =
    sort === 'sessions'
      ? await selectMost(tx, below, limit)
      : sort === 'seen' && (await selectLatest(tx, below, limit));
  if (!first || first.length < limit || first.length > FIRST) return null;
  const join = (type: string) => sql`
    join unnest(${first.map(({ id }) => id)}::uuid[], ${first.map(({ value }) => value)}::${sql.raw(type)}[])`;
  return sort === 'sessions'
    ? { live: sql`${join('bigint')} l(user_id, n) on l.user_id = u.id` }
    : { latest: sql`${join('timestamptz')} v(user_id, at) on v.user_id = u.id` };
}

/** With the most live sessions: all who have as many as the last one. */
async function selectMost(tx: Transaction, below: string | null, limit: number) {
  const few = await areFewLapsed(tx);
  const counts = sql`${few ? sql`with ${FEW},` : sql`with`} counts as materialized (${livePerUser(few)})`;
  return selectRows<{ id: string; value: string }>(tx)`
    ${counts} select k.user_id as id, k.n::text as value from counts k
     where (k.n <= ${below}::bigint) is not false and k.n >= (
       select x.n from counts x where (x.n < ${below}::bigint) is not false
        order by x.n desc offset ${limit - 1}::bigint limit 1)
     limit ${FIRST + 1}::bigint`;
}

/** Seen last: all who were since a moment at which so many live sessions were in use. */
async function selectLatest(tx: Transaction, below: string | null, limit: number) {
  if (below?.includes('infinity')) return null;
  const live = await prepareSelection(tx, { state: 'active' });
  const after = below === null ? null : [below, '00000000-0000-0000-0000-000000000000'];
  const { rows } = await selectPageOfSessions(tx, live, { sort: 'activity', after }, limit * PER_USER);
  const since = rows.length === limit * PER_USER ? rows.at(-1)?.lastActivityAt : null;
  if (!since) return null;
  return selectRows<{ id: string; value: string }>(tx)`
    select v.user_id as id, v.at::text as value from (${lastOf('last_activity_at', since)}) v
     where (v.at <= ${below}::timestamptz) is not false limit ${FIRST + 1}::bigint`;
}

/** Users `u`, with the controls `c` of each, the settings `t`, and what is counted of them. */
function from({ live = sql``, latest = sql`` }: Counted): Sql {
  return sql`tomo.users u left join tomo.user_controls c on c.user_id = u.id cross join tomo.settings t ${live} ${latest}`;
}

function liveCounts(few: boolean): Sql {
  return sql`${few ? WITH_FEW : sql``} ${livePerUser(few)}`;
}

/**
 * The latest of every user: devices and places know who was here before the oldest session that is kept. Since a
 * moment they are few, and found in one look at each table; of all, each is put together by its users first.
 */
function lastOf(column: Latest, since?: Timestamp): Sql {
  const at = sql`${since}::timestamptz`;
  const of = (what: string, table: string, where = sql`true`) => {
    const [moment, rows] = [sql.raw(`x.${what}`), sql.raw(`tomo.${table} x`)];
    return since === undefined
      ? sql`select x.user_id, max(${moment}) as at from ${rows} group by x.user_id`
      : sql`select x.user_id, ${moment} as at from ${rows} where ${moment} >= ${at} and ${where}`;
  };
  // nobody is active after the end, but that two clocks may differ
  const sessions =
    since === undefined
      ? [undefined]
      : [
          sql`x.ended_at is null and x.activity_bucket >= ${bucketOf(at)}`,
          sql`x.ended_at >= ${at} - interval '1 minute'`,
        ];
  const each = [
    ...sessions.map((where) => of(column, 'sessions', where)),
    ...['devices', 'user_places'].map((table) => of('last_seen_at', table)),
  ];
  return sql`select x.user_id, max(x.at) as at from (${sql.join(each, ' union all ')}) x group by x.user_id`;
}

/** The users that match. */
function matching(filter: UserFilter, { live }: Counted): Sql {
  return sql.and(
    ...choices(filter),
    ...sql.none(choices(filter.not ?? {})),
    filter.active !== undefined && sql`u.is_active = ${filter.active}::boolean`,
    filter.overLimit && OVER,
    // a probe of each user met on the way, unless they are all counted anyway
    filter.withSessions &&
      (live ? sql`${LIVE} > 0` : sql`(select true from ${LIVENESS} where s.user_id = u.id and s.live limit 1)`),
  );
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

/** What users are sorted by: as lists show it. */
const KEYS: Keys = {
  user: textKey(sql`u.username`),
  role: textKey(sql`u.role`),
  status: textKey(sql`case when u.is_active then 'active' else 'inactive' end`),
  sessions: numberKey(LIVE),
  limit: textKey(sql`coalesce(nullif(${LIMIT}, 0)::text, 'unlimited')`),
  seen: timeKey(sql`v.at`),
  login: timeKey(sql`v.at`),
  email: textKey(sql`u.email`),
  origin: textKey(sql`case when c.max_sessions is null then 'setting' else 'own' end`),
  over: booleanKey(OVER),
  created: timeKey(sql`u.created_at`),
  uuid: textKey(sql`u.id::text`),
};

const LATEST: Readonly<Record<string, Latest>> = { seen: 'last_activity_at', login: 'created_at' };

/** `chosen` selects ids of users. `few`: their rows are looked up; else everything is read in one pass. */
function userStatement(chosen: Sql, order: Sql, few: boolean): Sql {
  const theirs = (alias: string) => (few ? sql`${sql.raw(alias)}.user_id in (select id from page)` : sql`true`);
  const live = sql`coalesce(l.live, 0)::int`;
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
        select s.user_id, max(s.last_activity_at) as seen, max(s.created_at) as login
          from tomo.sessions s where ${theirs('s')} group by s.user_id) f on f.user_id = u.id
      left join (
        select s.user_id, count(*) as live from ${LIVENESS} where s.live and ${theirs('s')} group by s.user_id) l
             on l.user_id = u.id
      left join (select d.user_id, max(d.last_seen_at) as at from tomo.devices d where ${theirs('d')} group by d.user_id) d
             on d.user_id = u.id
      left join (
        select p.user_id, max(p.last_seen_at) as at from tomo.user_places p where ${theirs('p')} group by p.user_id) p
             on p.user_id = u.id
     ${order}`;
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
