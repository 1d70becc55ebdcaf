import type { Transaction } from '../port/database.ts';
import { type Sql, selectValue, sql } from '../port/sql.ts';
import { LIVENESS } from '../session/json.ts';
import type { SettingValues } from './settings.ts';

/** The settings that forecasts compare with, and their types. */
const ASSUMED = sql`session_timeout integer, remember_me_timeout integer, session_max_lifetime integer,
  max_sessions_per_user integer, session_limit_action text, retention_sessions integer,
  retention_activity_logs integer, retention_audit_logs integer`;

/**
 * `with assumed`: one row of settings as they would be with these values; null: as they are, for roles that may only read the
 * tables. Materialized, or the function would run for every row it is compared with.
 */
export function settingsUnder(values: SettingValues | null): Sql {
  if (values === null) return sql`with assumed as materialized (select t.* from tomo.settings t)`;
  return sql`with assumed as materialized (
    select * from jsonb_to_record(tomo.changed_settings(${JSON.stringify(values)}::jsonb)) as x(${ASSUMED}))`;
}

/** Whether a session `s` that is live runs out at once under the assumed settings `a`. */
const RUNS_OUT = sql`tomo.runs_out(s.last_activity_at, s.created_at,
  case when s.remember_me then a.remember_me_timeout else a.session_timeout end, a.session_max_lifetime) <= now()`;

/** Live sessions that would be dead, of how many users, and the latest active ones of them. */
export interface Ending {
  sessions: number;
  users: number;
  includesOwn: boolean;
  first: string[];
}

/** Which live sessions these values would end at once; `own`: the operator's. Read-only. */
export async function selectEnding(tx: Transaction, values: SettingValues, own: string | undefined, limit: number) {
  return selectValue<Ending>(tx)`${settingsUnder(values)},
       ending as materialized (
         select s.id, s.user_id, s.last_activity_at from ${LIVENESS} cross join assumed a where s.live and ${RUNS_OUT})
       select json_build_object('sessions', count(*), 'users', count(distinct user_id), 'includesOwn',
           coalesce(bool_or(id = ${own ?? null}::uuid), false), 'first', (
         select coalesce(json_agg(id), '[]') from (select id from ending order by last_activity_at desc, id
             limit ${limit}::bigint) f)) as json
         from ending
        -- a setting that there is none of is found out even where there is no session
        having (select count(*) from assumed) = 1`;
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

/** The limit as it is and with these values; `own`: and with this limit of one user, for whom alone it is counted. Read-only. */
export async function selectLimitEffects(
  tx: Transaction,
  values: SettingValues,
  own: { user: string; limit: number | null } | null,
): Promise<{ before: LimitEffect; after: LimitEffect; whom: UserAtLimit[] }> {
  const user = sql`${own?.user ?? null}::uuid`;
  const effect = (settings: Sql, live: Sql, limit: Sql) => sql`(
    select json_build_object('action', ${settings}.session_limit_action, 'users', count(*), 'evicted',
             case ${settings}.session_limit_action when 'deny' then 0 else coalesce(sum(${live} - ${limit} + 1),
                 0) end)
      from counted where ${limit} > 0 and ${live} >= ${limit})`;
  const whom = sql`(
    select coalesce(json_agg(json_build_object('username', u.username, 'sessions', x.new_live,
             'evicted', case a.session_limit_action when 'deny' then 0 else x.over end)
             order by x.over desc, lower(u.username)), '[]')
      from (select user_id, new_live, new_live - new_limit + 1 as over from counted
             where new_limit > 0 and new_live >= new_limit order by over desc, user_id limit ${NAMED}::bigint) x
      join tomo.users u on u.id = x.user_id)`;
  return selectValue<{ before: LimitEffect; after: LimitEffect; whom: UserAtLimit[] }>(tx)`${settingsUnder(values)},
       counted as (
         select s.user_id, tomo.session_limit(c.max_sessions, t.max_sessions_per_user) as was_limit, count(*) as was_live,
                tomo.session_limit(case when ${user} is null then c.max_sessions else ${own?.limit ?? null}::int end,
                  a.max_sessions_per_user) as new_limit,
                count(*) filter (where not ${RUNS_OUT}) as new_live
           from ${LIVENESS} left join tomo.user_controls c on c.user_id = s.user_id
          cross join tomo.settings t cross join assumed a
          where s.live and (${user} is null or s.user_id = ${user})
          group by s.user_id, 2, 4)
       select json_build_object('before', ${effect(sql`t`, sql`was_live`, sql`was_limit`)}, 'after',
           ${effect(sql`a`, sql`new_live`, sql`new_limit`)}, 'whom', ${whom}) as json
         from tomo.settings t cross join assumed a`;
}
