import type { Transaction } from '../port/database.ts';
import { type Sql, selectRow, selectRows, sql } from '../port/sql.ts';
import { LATEST } from '../report/suspects.ts';
import { VERDICTS } from '../session/json.ts';

/**
 * Users who have logged in at least so often within an hour, of the latest logins: how many, and the
 * one who most often.
 */
export interface FrequentLogins {
  users: number;
  username: string;
  logins: number;
}

export async function selectFrequentLogins(tx: Transaction, least: number): Promise<FrequentLogins | undefined> {
  const [row] = await selectRows<FrequentLogins>(tx)`
    select count(*) over ()::int as users, u.username, count(*)::int as logins
       from (select user_id, created_at from tomo.sessions order by created_at desc limit ${LATEST}) l
       join tomo.users u on u.id = l.user_id
      where l.created_at > now() - interval '1 hour' group by u.id having count(*) >= ${least}
      order by count(*) desc, u.username limit 1`;
  return row;
}

/** Of the sessions that have ended last. */
export interface EndSample {
  sessions: number;
  /** With requests that speak against the server. */
  wrong: number;
  /** One of those. */
  example: string | null;
  /** Seconds, the longest. */
  longest: number;
}

/** Ends of the last week: the latest written ones, and some that no cleanup has written yet. */
const LATEST_ENDS = sql`(
  (select id, user_id, last_activity_at, ended_at, end_reason from tomo.sessions
    where ended_at > now() - interval '7 days' order by ended_at desc limit 500)
  union all
  (select s.id, s.user_id, s.last_activity_at, s.ended_at, s.end_reason from ${VERDICTS}
    where s.id in (select l from tomo.lapsed(now()) l limit 500) and s.open and not s.live
      and s.ended_at > now() - interval '7 days'))`;

/**
 * Of the sessions that have ended so: those with a request that is meant, and how long after that
 * moment the last one was.
 */
function selectSample(tx: Transaction, ended: Sql, meant: Sql, moment: Sql): Promise<EndSample> {
  const last = sql`select max(a.at) as last from tomo.session_activity a where a.session_id = s.id and ${meant}`;
  return selectRow<EndSample>(tx)`
    select count(*)::int as sessions, count(x.last)::int as wrong, (array_agg(s.id::text
        order by x.last desc nulls last) filter (where x.last is not null))[1] as example,
            coalesce(max(extract(epoch from x.last - ${moment})), 0)::int as longest
       from ${LATEST_ENDS} s cross join tomo.settings t ${sql.either(
         sql`cross join lateral (${last}) x`,
         // each server looks through its own requests
         sql`left join (
           select s.id, max(a.at) as last from ${LATEST_ENDS} s cross join tomo.settings t
             join tomo.session_activity a on a.session_id = s.id and a.user_id = s.user_id
            where ${ended} and ${meant} group by s.id) x on x.id = s.id`,
       )}
      where ${ended}`;
}

/**
 * Sessions that were ended on purpose in the last week, and requests that were answered well over a minute afterwards.
 */
export function selectGhosts(tx: Transaction): Promise<EndSample> {
  const late = sql`a.at > s.ended_at + interval '1 minute' and a.at < now() + interval '1 day'
    and (a.status is null or a.status < 400)`;
  return selectSample(tx, sql`s.end_reason <> 'expired'`, late, sql`s.ended_at`);
}

/** Sessions that have expired in the last week, and requests in time that did not move their last activity. */
export function selectUncounted(tx: Transaction): Promise<EndSample> {
  const inTime = sql`a.at > s.last_activity_at + make_interval(secs => t.touch_interval + 60) and a.at < s.ended_at`;
  return selectSample(tx, sql`s.end_reason = 'expired'`, inTime, sql`s.last_activity_at`);
}

/** Whether sessions have been used lately, and whether a request of the last day is recorded. */
export function selectRecording(tx: Transaction) {
  return selectRow<{ used: boolean; recorded: boolean }>(tx)`
    select exists (select from (select created_at, last_activity_at from tomo.sessions order by created_at desc
        limit 500) s
                     where s.last_activity_at > now() - interval '1 day'
                         and s.last_activity_at > s.created_at + interval '1 minute') as used,
            exists (select from (select id, user_id from tomo.sessions order by created_at desc limit 500) s ${sql.either(
              sql`cross join lateral (select from tomo.session_activity a
                       where a.session_id = s.id and a.at > now() - interval '7 days' limit 1) a`,
              sql`join tomo.session_activity a
                       on a.session_id = s.id and a.user_id = s.user_id and a.at > now() - interval '7 days'`,
            )}) as recorded`;
}

/**
 * Logins of the last day, and how many came from a device that had one minutes before, unused and not ended: a cookie
 * that does not stay.
 */
export function selectRepeatedLogins(tx: Transaction) {
  return selectRow<{ logins: number; repeated: number }>(tx)`
    select count(*)::int as logins, count(*) filter (where before_at > created_at - interval '10 minutes'
        and not before_used)::int as repeated from (
       select created_at, lag(created_at) over w as before_at,
              lag(ended or last_activity_at > created_at + interval '2 minutes') over w as before_used
         from (select s.user_id, s.device_id, s.user_agent_id, s.ip, s.created_at, s.last_activity_at,
                      coalesce(s.end_reason <> 'expired', false) as ended
                 from (select id from tomo.sessions order by created_at desc limit 5000) l
                 join ${VERDICTS} on s.id = l.id) s
        where created_at > now() - interval '1 day'
       window w as (partition by user_id, device_id, user_agent_id, ip order by created_at)) l`;
}
