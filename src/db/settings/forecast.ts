import type { Transaction } from '../port/database.ts';
import { type Sql, selectRow, sql } from '../port/sql.ts';
import { LIVE_JOINS } from '../session/json.ts';
import type { SettingValues } from './settings.ts';

/**
 * `with assumed`: one row, `settings`, a tomo.settings as it would be with these values; null: as it is, for roles that
 * may only read the tables. Materialized, or the function would run for every row it is compared with.
 */
export function settingsUnder(values: SettingValues | null): Sql {
  if (values === null) return sql`with assumed as materialized (select t as settings from tomo.settings t)`;
  return sql`with assumed as materialized (
    select tomo.changed_settings(t, ${JSON.stringify(values)}::jsonb, now()) as settings from tomo.settings t)`;
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
  const row = await selectRow<{ json: Ending }>(
    tx,
    sql`${settingsUnder(values)},
       ending as materialized (
         select s.id, s.user_id, s.last_activity_at from tomo.sessions s ${LIVE_JOINS} cross join assumed a
          where tomo.timed_out(s, a.settings, now()) and tomo.live(s, u, c, t, now()))
       select json_build_object('sessions', count(*), 'users', count(distinct user_id), 'includesOwn',
           coalesce(bool_or(id = ${own ?? null}::uuid), false), 'first', (
         select coalesce(json_agg(id), '[]') from (select id from ending order by last_activity_at desc, id
             limit ${limit}::bigint) f)) as json
         from ending`,
  );
  return row.json;
}

/** What happens when each user logs in once more. */
export interface LimitEffect {
  action: 'revoke-oldest' | 'deny';
  /** Users at their limit: `deny` keeps them out, `revoke-oldest` ends sessions of theirs. */
  users: number;
  /** Sessions that would be evicted. */
  evicted: number;
}

/** The limit as it is and with these values; `own`: and with this limit of one user, for whom alone it is counted. Read-only. */
export async function selectLimitEffects(
  tx: Transaction,
  values: SettingValues,
  own: { user: string; limit: number | null } | null,
): Promise<{ before: LimitEffect; after: LimitEffect }> {
  const user = sql`${own?.user ?? null}::uuid`;
  const effect = (settings: Sql, live: Sql, limit: Sql) => sql`(
    select json_build_object('action', (${settings}).session_limit_action, 'users', count(*), 'evicted',
             case (${settings}).session_limit_action when 'deny' then 0 else coalesce(sum(${live} - ${limit} + 1),
                 0) end)
      from counted where ${limit} > 0 and ${live} >= ${limit})`;
  const row = await selectRow<{ json: { before: LimitEffect; after: LimitEffect } }>(
    tx,
    sql`${settingsUnder(values)},
       counted as (
         select tomo.session_limit(c, t) as was_limit, count(*) filter (where tomo.live(s, u, c, t, now())) as was_live,
                coalesce(case when ${user} is null then c.max_sessions else ${own?.limit ?? null}::int end,
                    (a.settings).max_sessions_per_user) as new_limit,
                count(*) filter (where tomo.live(s, u, c, a.settings, now())) as new_live
           from tomo.sessions s ${LIVE_JOINS} cross join assumed a
          where s.ended_at is null and (${user} is null or s.user_id = ${user})
          group by s.user_id, 1, 3)
       select json_build_object('before', ${effect(sql`t`, sql`was_live`, sql`was_limit`)}, 'after',
           ${effect(sql`a.settings`, sql`new_live`, sql`new_limit`)}) as json
         from tomo.settings t cross join assumed a`,
  );
  return row.json;
}
