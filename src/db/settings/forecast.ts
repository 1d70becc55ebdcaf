import type { Transaction } from '../port/database.ts';
import { LIVE_JOINS } from '../session/json.ts';
import type { SettingValues } from './settings.ts';

/**
 * `with assumed`: one row, `settings`, a tomo.settings as it would be with these values; null: as it is, for roles that
 * may only read the tables. Materialized, or the function would run for every row it is compared with.
 */
export function settingsUnder(values: SettingValues | null, params: unknown[]): string {
  if (values === null) return 'with assumed as materialized (select t as settings from tomo.settings t)';
  params.push(JSON.stringify(values));
  return `with assumed as materialized (select tomo.changed_settings(t, $${params.length}::jsonb, now()) as settings from tomo.settings t)`;
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
  const params: unknown[] = [limit, own ?? null];
  const [row] = await tx.query<{ json: Ending }>(
    `${settingsUnder(values, params)},
       ending as materialized (
         select s.id, s.user_id, s.last_activity_at from tomo.sessions s ${LIVE_JOINS} cross join assumed a
          where tomo.timed_out(s, a.settings, now()) and tomo.live(s, u, c, t, now()))
       select json_build_object('sessions', count(*), 'users', count(distinct user_id), 'includesOwn', coalesce(bool_or(id = $2::uuid), false), 'first', (
         select coalesce(json_agg(id), '[]') from (select id from ending order by last_activity_at desc, id limit $1) f)) as json
         from ending`,
    params,
  );
  return row?.json ?? { sessions: 0, users: 0, includesOwn: false, first: [] };
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
  const params: unknown[] = [own?.user ?? null, own?.limit ?? null];
  const effect = (settings: string, live: string, limit: string) => `(
    select json_build_object('action', (${settings}).session_limit_action, 'users', count(*), 'evicted',
             case (${settings}).session_limit_action when 'deny' then 0 else coalesce(sum(${live} - ${limit} + 1), 0) end)
      from counted where ${limit} > 0 and ${live} >= ${limit})`;
  const [row] = await tx.query<{ json: { before: LimitEffect; after: LimitEffect } }>(
    `${settingsUnder(values, params)},
       counted as (
         select tomo.session_limit(c, t) as was_limit, count(*) filter (where tomo.live(s, u, c, t, now())) as was_live,
                coalesce(case when $1::uuid is null then c.max_sessions else $2::int end, (a.settings).max_sessions_per_user) as new_limit,
                count(*) filter (where tomo.live(s, u, c, a.settings, now())) as new_live
           from tomo.sessions s ${LIVE_JOINS} cross join assumed a
          where s.ended_at is null and ($1::uuid is null or s.user_id = $1::uuid)
          group by s.user_id, 1, 3)
       select json_build_object('before', ${effect('t', 'was_live', 'was_limit')}, 'after', ${effect('a.settings', 'new_live', 'new_limit')}) as json
         from tomo.settings t cross join assumed a`,
    params,
  );
  if (!row) throw new Error('tomo.settings has no row');
  return row.json;
}
