import type { Transaction } from '../port/database.ts';
import { type Sql, selectRow, selectValue, selectValues, sql } from '../port/sql.ts';
import { LIVE_PASS, LIVENESS } from '../session/json.ts';
import { areFewLapsed, FEW, livePerUser } from '../session/lapsed.ts';
import type { SettingValues } from './settings.ts';

/** The settings that forecasts compare with, and their types. */
const ASSUMED = sql`session_timeout integer, remember_me_timeout integer, session_max_lifetime integer,
  max_sessions_per_user integer, session_limit_action text, retention_sessions integer,
  retention_activity_logs integer, retention_audit_logs integer`;

/**
 * `with assumed`: one row of settings as they would be with these values; null: as they are, for roles that may only
 * read the tables. Materialized, or the function would run for every row it is compared with.
 */
export function settingsUnder(values: SettingValues | null): Sql {
  if (values === null) return sql`with assumed as materialized (select t.* from tomo.settings t)`;
  return sql`with assumed as materialized (
    select * from jsonb_to_record(tomo.changed_settings(${JSON.stringify(values)}::jsonb)) as x(${ASSUMED}))`;
}

const TIMEOUTS = ['session_timeout', 'remember_me_timeout', 'session_max_lifetime'] as const;

/** Since when a session must have been active, or logged in, under the assumed settings. */
const CUT = sql`cut as materialized (
  select now() - make_interval(mins => a.session_timeout) as session_timeout,
         now() - make_interval(mins => a.remember_me_timeout) as remember_me_timeout,
         case when a.session_max_lifetime > 0 then now() - make_interval(mins => a.session_max_lifetime)
              else '-infinity' end as session_max_lifetime
    from assumed a)`;

/**
 * Whether a session `s` that is live runs out at once by what is new in the assumed settings; each part by an index.
 */
function runsOut(values: SettingValues): Sql {
  const parts = {
    session_timeout: sql`not s.remember_me and ${idleSince('session_timeout')}`,
    remember_me_timeout: sql`s.remember_me and ${idleSince('remember_me_timeout')}`,
    session_max_lifetime: sql`s.created_at <= ${cutBy('session_max_lifetime')}`,
  };
  return sql.or([sql`false`, ...TIMEOUTS.filter((key) => key in values).map((key) => parts[key])]);
}

function idleSince(key: 'session_timeout' | 'remember_me_timeout'): Sql {
  return sql`s.activity_bucket <= ${cutBy(key)} and s.last_activity_at <= ${cutBy(key)}`;
}

function cutBy(key: (typeof TIMEOUTS)[number]): Sql {
  return sql`(select c.${sql.raw(key)} from cut c)`;
}

/** Live sessions that would be dead, of how many users, and the latest active ones of them. */
export interface Ending {
  sessions: number;
  users: number;
  includesOwn: boolean;
  first: string[];
}

/** Which live sessions these values would end at once; `own`: the operator's. Read-only. */
export async function selectEnding(
  tx: Transaction,
  values: SettingValues,
  own: string | undefined,
  limit: number,
): Promise<Ending> {
  const assumed = sql`${settingsUnder(values)}, ${CUT}`;
  // by bitmaps, hashes and several processes, as many as they may be; where it fails, so does the count
  tx.script(`set local enable_indexscan = off; set local enable_sort = off; set local work_mem = '64MB';
    set local parallel_tuple_cost = 0.01`).catch(() => {});
  const counted = selectRow<Omit<Ending, 'first'>>(tx)`${assumed}
    select coalesce(sum(x.n), 0)::int as sessions, count(*)::int as users, coalesce(bool_or(x.own), false) as "includesOwn"
      from (select count(*) as n, bool_or(s.id = ${own ?? null}::uuid) as own
              from ${LIVE_PASS} where ${runsOut(values)} group by s.user_id) x
    -- a setting that there is none of is found out even where there is no session
    having (select count(*) from cut) = 1`;
  // and these by walking an index; what is asked next is planned as ever
  tx.script(`set local enable_indexscan to default; set local enable_sort to default; set local work_mem to default;
    set local parallel_tuple_cost to default; set local enable_bitmapscan = off; set local enable_seqscan = off`).catch(
    () => {},
  );
  const first = selectValues<string>(tx)`${assumed}
    select x.id from (${sql.either(
      sql.join(latest(values, limit), ' union '),
      sql`select s.id, s.last_activity_at from ${LIVE_PASS} where ${runsOut(values)}`,
    )}) x order by x.last_activity_at desc, x.id limit ${limit}::bigint`;
  tx.script('set local enable_bitmapscan to default; set local enable_seqscan to default').catch(() => {});
  const [counts, ids] = await Promise.all([counted, first]);
  return { ...counts, first: ids };
}

/** The latest active ones that run out by each setting: by the index of activity, from the cut on. */
function latest(values: SettingValues, limit: number): Sql[] {
  const idle = (key: 'session_timeout' | 'remember_me_timeout') => sql`(
    select x.* from tomo.live_epochs() e cross join lateral (
      select f.id, f.last_activity_at from (
        select s.id, s.activity_bucket, s.last_activity_at from tomo.sessions s
         where s.ended_at is null and s.epoch = e and s.remember_me = ${sql.raw(String(key === 'remember_me_timeout'))}
           and ${idleSince(key)}
         order by s.activity_bucket desc, s.last_activity_at desc, s.id limit 1000000000) f
        join ${LIVENESS} on s.id = f.id and s.live
       order by f.activity_bucket desc, f.last_activity_at desc, f.id limit ${limit}::bigint) x)`;
  const parts = {
    session_timeout: idle('session_timeout'),
    remember_me_timeout: idle('remember_me_timeout'),
    session_max_lifetime: sql`(
      select s.id, s.last_activity_at from ${LIVE_PASS} where s.created_at <= ${cutBy('session_max_lifetime')}
       order by s.last_activity_at desc, s.id limit ${limit}::bigint)`,
  };
  return TIMEOUTS.filter((key) => key in values).map((key) => parts[key]);
}

/** What happens when each user logs in once more. */
export interface LimitEffect {
  action: 'revoke-oldest' | 'deny';
  /** Users at their limit: `deny` keeps them out, `revoke-oldest` ends sessions of theirs. */
  users: number;
  /** Sessions that would be evicted. */
  evicted: number;
}

/** A user at the limit, with how many sessions, of which so many would be evicted at the next login. */
export interface UserAtLimit {
  username: string;
  sessions: number;
  evicted: number;
}

/** Users that are named. */
const NAMED = 10;

/**
 * The limit as it is and with these values; `own`: and with this limit of one user, for whom alone it is
 * counted. Read-only.
 */
export async function selectLimitEffects(
  tx: Transaction,
  values: SettingValues,
  own: { user: string; limit: number | null } | null,
): Promise<{ before: LimitEffect; after: LimitEffect; whom: UserAtLimit[] }> {
  const user = sql`${own?.user ?? null}::uuid`;
  const effect = (settings: Sql, users: Sql, over: Sql) => sql`json_build_object(
    'action', ${settings}.session_limit_action, 'users', ${users},
    'evicted', case ${settings}.session_limit_action when 'deny' then 0 else coalesce(${over}, 0) end)`;
  const whom = sql`(
    select coalesce(json_agg(json_build_object('username', x.username, 'sessions', x.new_live,
             'evicted', case x.session_limit_action when 'deny' then 0 else x.over end)
             order by x.over desc, lower(x.username)), '[]') from whom x)`;
  const shorter = TIMEOUTS.some((key) => key in values);
  const few = own === null && !shorter && (await areFewLapsed(tx));
  const live =
    own === null && !shorter
      ? sql`select x.user_id, x.n as was, x.n as new from (${livePerUser(few)}) x`
      : sql`select s.user_id, count(*) as was, count(*) filter (where not ${runsOut(values)}) as new
              from ${LIVE_PASS} where ${user} is null or s.user_id = ${user} group by s.user_id`;
  tx.script(`set local work_mem = '64MB'`).catch(() => {});
  return selectValue<{ before: LimitEffect; after: LimitEffect; whom: UserAtLimit[] }>(
    tx,
  )`${settingsUnder(values)}, ${CUT}, ${FEW},
       counted as materialized (
         select l.user_id, l.was as was_live, l.new as new_live, m.was_limit, m.new_limit
           from (${live}) l left join tomo.user_controls c on c.user_id = l.user_id
          cross join tomo.settings t cross join assumed a
          cross join lateral (
            select tomo.session_limit(c.max_sessions, t.max_sessions_per_user) as was_limit,
                   tomo.session_limit(case when ${user} is null then c.max_sessions else ${own?.limit ?? null}::int end,
                     a.max_sessions_per_user) as new_limit) m
          where m.was_limit > 0 and l.was >= m.was_limit or m.new_limit > 0 and l.new >= m.new_limit),
       sums as (
         select count(*) filter (where was_limit > 0 and was_live >= was_limit) as was_users,
                sum(was_live - was_limit + 1) filter (where was_limit > 0 and was_live >= was_limit) as was_over,
                count(*) filter (where new_limit > 0 and new_live >= new_limit) as new_users,
                sum(new_live - new_limit + 1) filter (where new_limit > 0 and new_live >= new_limit) as new_over
           from counted),
       whom as (
         select u.username, x.new_live, x.over, a.session_limit_action
           from (select user_id, new_live, new_live - new_limit + 1 as over from counted
                  where new_limit > 0 and new_live >= new_limit order by over desc, user_id limit ${NAMED}::bigint) x
           join tomo.users u on u.id = x.user_id cross join assumed a)
       select json_build_object('before', ${effect(sql`t`, sql`s.was_users`, sql`s.was_over`)}, 'after',
           ${effect(sql`a`, sql`s.new_users`, sql`s.new_over`)}, 'whom', ${whom}) as json
         from sums s cross join tomo.settings t cross join assumed a`;
}
