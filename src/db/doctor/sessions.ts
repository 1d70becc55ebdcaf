import type { Transaction } from '../port/database.ts';

/** How many of the latest sessions are looked at: enough to see a habit, and quick at any size. */
const RECENT = 20_000;

// materialized, so that the planner cannot take it for a reason to look at every session
const LIVE_OF_RECENT = `
  recent as materialized (select id from tomo.sessions order by created_at desc limit ${RECENT}),
  alive as materialized (
    select s.id, s.user_id, u.username, s.device_id, s.user_agent_id, s.ip, s.created_at
      from recent r join tomo.sessions s on s.id = r.id join tomo.users u on u.id = s.user_id
      left join tomo.user_controls c on c.user_id = s.user_id cross join tomo.settings t
     where tomo.live(s, u, c, t, now()))`;

export interface UserCount {
  username: string;
  n: number;
}

export interface UserCounts {
  users: number;
  /** The one with the most. */
  most: UserCount | null;
}

async function most(tx: Transaction, sql: string, params: readonly unknown[] = []): Promise<UserCounts> {
  const rows = await tx.query<{ users: number; username: string; n: number }>(
    `with ${sql} select count(*) over ()::int as users, username, n::int from found order by n desc, username limit 1`,
    params,
  );
  const [row] = rows;
  return row ? { users: row.users, most: { username: row.username, n: row.n } } : { users: 0, most: null };
}

/** Users with at least so many live sessions of one device at one address, of the latest sessions. */
export function selectDuplicates(tx: Transaction, least: number): Promise<UserCounts> {
  return most(
    tx,
    `${LIVE_OF_RECENT}, alike as (
       select user_id, username, count(*) as n from alive group by user_id, username, device_id, user_agent_id, ip having count(*) >= $1),
     found as (select username, max(n) as n from alike group by user_id, username)`,
    [least],
  );
}

/** Users with live sessions of programs, by the user agent. */
export function selectPrograms(tx: Transaction): Promise<UserCounts> {
  return most(
    tx,
    `${LIVE_OF_RECENT}, found as (
       select username, count(*) as n from alive a join tomo.user_agents g on g.id = a.user_agent_id
        where g.form_factor in ('bot', 'tool') group by user_id, username)`,
  );
}

/** Users who have logged in at least so often within an hour. */
export function selectFrequentLogins(tx: Transaction, least: number): Promise<UserCounts> {
  return most(
    tx,
    `latest as materialized (select user_id, created_at from tomo.sessions order by created_at desc limit ${RECENT}), found as (
       select u.username, count(*) as n from latest l join tomo.users u on u.id = l.user_id
        where l.created_at > now() - interval '1 hour' group by u.id having count(*) >= $1)`,
    [least],
  );
}

/** Users with more live sessions than their limit, of those with one of the latest sessions. */
export function selectOverLimit(tx: Transaction): Promise<UserCounts> {
  return most(
    tx,
    `${LIVE_OF_RECENT}, who as materialized (select distinct user_id, username from alive), found as (
       select w.username, x.n from who w left join tomo.user_controls c on c.user_id = w.user_id cross join tomo.settings t
        cross join lateral (select nullif(coalesce(c.max_sessions, t.max_sessions_per_user), 0) as most) l
        cross join lateral (
          select count(*) as n from tomo.sessions s join tomo.users u on u.id = s.user_id
           where l.most is not null and s.user_id = w.user_id and s.ended_at is null and tomo.live(s, u, c, t, now())) x
       where x.n > l.most)`,
  );
}

/** Inactive users with sessions that are not ended. */
export function selectInactiveHolders(tx: Transaction): Promise<UserCounts> {
  return most(
    tx,
    `found as (
       select u.username, x.n from tomo.users u
        cross join lateral (select count(*) as n from (select from tomo.sessions s where s.user_id = u.id and s.ended_at is null limit 1000) s) x
       where not u.is_active and x.n > 0)`,
  );
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

const NO_SAMPLE: EndSample = { sessions: 0, wrong: 0, example: null, longest: 0 };

/** Sessions that were ended on purpose in the last week, and requests that were answered well over a minute afterwards. */
export async function selectGhosts(tx: Transaction): Promise<EndSample> {
  const [row] = await tx.query<EndSample>(
    `select count(*)::int as sessions, count(x.last)::int as wrong, (array_agg(s.id::text order by x.last desc nulls last) filter (where x.last is not null))[1] as example,
            coalesce(max(extract(epoch from x.last - s.ended_at)), 0)::int as longest
       from (select id, ended_at, end_reason from tomo.sessions where ended_at is not null and ended_at > now() - interval '7 days'
              order by ended_at desc limit 500) s
      cross join lateral (
        select max(a.at) as last from tomo.session_activity a
         where a.session_id = s.id and a.at > s.ended_at + interval '1 minute' and a.at < now() + interval '1 day'
           and (a.status is null or a.status < 400)) x
      where s.end_reason <> 'expired'`,
  );
  return row ?? NO_SAMPLE;
}

/** Sessions that have expired in the last week, and requests in time that did not move their last activity. */
export async function selectUncounted(tx: Transaction): Promise<EndSample> {
  const [row] = await tx.query<EndSample>(
    `select count(*)::int as sessions, count(x.last)::int as wrong, (array_agg(s.id::text) filter (where x.last is not null))[1] as example,
            coalesce(max(extract(epoch from x.last - s.last_activity_at)), 0)::int as longest
       from (select id, last_activity_at, ended_at, end_reason from tomo.sessions where ended_at is not null and ended_at > now() - interval '7 days'
              order by ended_at desc limit 500) s cross join tomo.settings t
      cross join lateral (
        select max(a.at) as last from tomo.session_activity a
         where a.session_id = s.id and a.at > s.last_activity_at + make_interval(secs => t.touch_interval + 60) and a.at < s.ended_at) x
      where s.end_reason = 'expired'`,
  );
  return row ?? NO_SAMPLE;
}

/** Whether sessions have been used lately, and whether a request of the last day is recorded. */
export async function selectRecording(tx: Transaction): Promise<{ used: boolean; recorded: boolean }> {
  const [row] = await tx.query<{ used: boolean; recorded: boolean }>(
    `select exists (select from (select created_at, last_activity_at from tomo.sessions order by created_at desc limit 500) s
                     where s.last_activity_at > now() - interval '1 day' and s.last_activity_at > s.created_at + interval '1 minute') as used,
            exists (select from (select id from tomo.sessions order by created_at desc limit 500) s
                     cross join lateral (select from tomo.session_activity a
                       where a.session_id = s.id and a.at > now() - interval '7 days' limit 1) a) as recorded`,
  );
  return row ?? { used: false, recorded: false };
}

/** Logins of the last day, and how many came from a device that had one minutes before, unused and not ended: a cookie that does not stay. */
export async function selectRepeatedLogins(tx: Transaction): Promise<{ logins: number; repeated: number }> {
  const [row] = await tx.query<{ logins: number; repeated: number }>(
    `select count(*)::int as logins, count(*) filter (where before_at > created_at - interval '10 minutes' and not before_used)::int as repeated from (
       select created_at, lag(created_at) over w as before_at,
              lag(ended_at is not null or last_activity_at > created_at + interval '2 minutes') over w as before_used
         from (select user_id, device_id, user_agent_id, ip, created_at, last_activity_at, ended_at from tomo.sessions
                order by created_at desc limit 5000) s
        where created_at > now() - interval '1 day'
       window w as (partition by user_id, device_id, user_agent_id, ip order by created_at)) l`,
  );
  return row ?? { logins: 0, repeated: 0 };
}
