import type { EndReason, Timestamp } from '../../model/session.ts';
import type { Crowd, Duplicates, KnownUserTally, Tally } from '../../model/stats.ts';
import type { Transaction } from '../port/database.ts';
import { selectRows, selectValue, sql } from '../port/sql.ts';
import { LIVENESS, VERDICTS } from '../session/json.ts';

/** Of the users with the most sessions so many are looked at closely; whoever has fewer sessions has no crowd of them. */
const WATCHED = 1000;

/** Whose sessions; null: everybody's. */
type UserIds = string[] | null;

const ofUsers = (userIds: UserIds) => userIds && sql`s.user_id = any(${userIds}::uuid[])`;

/** What every part of the statistics is about. `completeSince`: ended sessions of before that have been deleted. */
export interface StatsFrame {
  at: Timestamp;
  since: Timestamp;
  completeSince: Timestamp;
}

/**
 * What reads every live session reads them in the order of the table and groups them by hash: the planner, which cannot know how
 * many are live, would go by an index and sort (three times as long).
 */
async function inOnePass<T>(tx: Transaction, userIds: UserIds, work: () => Promise<T>): Promise<T> {
  if (userIds) return work();
  const plan = (onOrOff: 'on' | 'off') =>
    tx.script(`set local enable_sort = ${onOrOff}; set local enable_indexscan = ${onOrOff}`);
  // where it fails, so does the work
  plan('off').catch(() => {});
  const result = await work();
  plan('on').catch(() => {});
  return result;
}

/** Room to group a million sessions in memory, and the frame of it all. Only for a transaction of its own. */
export async function selectFrame(tx: Transaction, since: Timestamp): Promise<StatsFrame> {
  await tx.script(`set local work_mem = '64MB'`);
  return selectValue<StatsFrame>(tx)`
    select json_build_object('at', now(), 'since', ${since}::timestamptz,
       'completeSince', greatest(${since}::timestamptz, now() - make_interval(days => retention_sessions))) as json
           from tomo.settings`;
}

export type Dimension = 'country' | 'device' | 'method' | 'tool' | 'bot';

/** A user and the limit that holds for them; 0: none. */
export interface LimitedUser {
  username: string;
  sessions: number;
  limit: number;
}

export interface LiveSessions {
  live: number;
  /** Live ones that a longer timeout holds for. */
  remembered: number;
  /** Live ones whose login came from where its user was not to be expected. */
  unusual: number;
  /** Of each dimension the most frequent values of live sessions. */
  tallies: (Tally & { dimension: Dimension })[];
  /** How many values each dimension has. */
  values: Partial<Record<Dimension, number>>;
  /** Users with live sessions. */
  users: number;
  /** Above their limit, at it, and close to it. */
  over: number;
  full: number;
  near: number;
  /** Those of them who have most above it, or least below. */
  limited: LimitedUser[];
  /** Those with the most sessions. */
  watched: string[];
}

/**
 * One pass over the live sessions, grouped by user and by the few combinations that there are of all else; from those every
 * sum. Close: four fifths of the limit.
 */
export async function selectLiveSessions(tx: Transaction, userIds: UserIds, top: number): Promise<LiveSessions> {
  // of a subquery: with grouping sets the planner would not take being live apart
  const statement = sql`with grouped as materialized (
       select grouping(s.user_id) = 0 as by_user, s.user_id, s.user_agent_id, s.country, s.login_method, s.remember_me,
              s.unusual, count(*) as n
         from (select s.user_id, s.user_agent_id, s.country, s.login_method, s.remember_me,
                      s.location_check in ('new-country', 'impossible-travel') as unusual
                 from ${LIVENESS} where ${sql.and(sql`s.live`, ofUsers(userIds))}) s
        group by grouping sets ((s.user_id), (s.user_agent_id, s.country, s.login_method, s.remember_me, s.unusual))),
     combination as (select * from grouped where not by_user),
     per_user as (select user_id, n::int from grouped where by_user),
     tally as (
       select case grouping(x.country, x.device, x.login_method, x.program)
                when 7 then 'country' when 11 then 'device' when 13 then 'method' else x.form_factor end as dimension,
              coalesce(x.country, x.device, x.login_method, x.program) as name, sum(x.n)::int as sessions
         from (select k.n, k.country, k.login_method, nullif(concat_ws(' on ', a.browser, a.os), '') as device,
                      coalesce(a.browser, left(a.raw, 60)) as program, a.form_factor
                 from combination k left join tomo.user_agents a on a.id = k.user_agent_id) x
        group by grouping sets ((x.country), (x.device), (x.login_method), (x.program, x.form_factor))
       having grouping(x.program) = 1 or x.form_factor in ('tool', 'bot')),
     ranked as (select t.*, row_number() over (partition by t.dimension order by t.sessions desc, t.name) as place
         from tally t),
     limited as materialized (
       select p.user_id, p.n, l.most
         from per_user p left join tomo.user_controls c on c.user_id = p.user_id cross join tomo.settings t
        cross join lateral (select tomo.session_limit(c.max_sessions, t.max_sessions_per_user) as most) l
        where l.most > 0 and p.n >= 0.8 * l.most)
     select json_build_object(
       'live', (select coalesce(sum(n), 0)::int from combination),
       'remembered', (select coalesce(sum(n), 0)::int from combination where remember_me),
       'unusual', (select coalesce(sum(n), 0)::int from combination where unusual),
       'tallies', (select coalesce(json_agg(json_build_object('dimension', dimension, 'name', name, 'sessions',
           sessions) order by place), '[]')
         from ranked where place <= ${top}::int),
       'values', (select coalesce(json_object_agg(dimension, n), '{}') from (select dimension, count(*)::int as n
           from tally group by 1) x),
       'users', (select count(*)::int from per_user),
       'over', (select count(*)::int from limited where n > most), 'full', (select count(*)::int from limited
           where n = most),
       'near', (select count(*)::int from limited where n < most),
       'limited', (select coalesce(json_agg(json_build_object('username', username, 'sessions', n, 'limit', most)),
           '[]') from (
         select u.username, l.n, l.most from limited l join tomo.users u on u.id = l.user_id
          order by l.n - l.most desc, l.n desc, u.username limit ${top}::int) x),
       'watched', (select coalesce(json_agg(user_id), '[]') from (
         select user_id from per_user order by n desc, user_id limit ${WATCHED}::bigint) x)) as json`;
  return inOnePass(tx, userIds, () => selectValue<LiveSessions>(tx)`${statement}`);
}

/** Of these users those with the most sessions, those in many places at once, and those with many sessions of one kind. */
export function selectCrowds(tx: Transaction, userIds: string[], top: number, many: Crowd) {
  return selectValue<{ top: KnownUserTally[]; scattered: KnownUserTally[]; duplicates: Duplicates[] }>(tx)`
    with live as materialized (
       select s.username, s.user_id, s.user_agent_id, s.device_id, s.ip, s.country, s.last_activity_at,
              tomo.session_limit(c.max_sessions, t.max_sessions_per_user) as most
         from ${LIVENESS} left join tomo.user_controls c on c.user_id = s.user_id cross join tomo.settings t
        where s.live and s.user_id = any(${userIds}::uuid[])),
     tally as materialized (
       select username, count(*)::int as n, max(most) as most, count(distinct country)::int as countries,
           count(distinct ip)::int as addresses,
              count(distinct device_id)::int as devices, max(last_activity_at) as active from live group by username),
     user_json as (
       select n, username, countries, addresses, json_build_object('username', username, 'sessions', n, 'limit', most,
           'countries', countries,
         'addresses', addresses, 'devices', devices, 'lastActivityAt', active) as json from tally)
     select json_build_object(
       'top', (select coalesce(json_agg(json), '[]') from (select json from user_json order by n desc, username
           limit ${top}::int) x),
       'scattered', (select coalesce(json_agg(json), '[]') from (
         select json from user_json where countries >= ${many.countries}::int or addresses >= ${many.addresses}::int
          order by countries desc, addresses desc, username limit ${top}::int) x),
       'duplicates', (select coalesce(json_agg(json_build_object('username', username, 'sessions', n, 'device',
           device, 'ip', ip)), '[]') from (
         select l.username, count(*)::int as n, host(l.ip) as ip,
                max(coalesce(d.label, nullif(concat_ws(' on ', a.browser, a.os), ''), left(a.raw, 60))) as device
           from live l left join tomo.user_agents a on a.id = l.user_agent_id left
               join tomo.devices d on d.user_id = l.user_id and d.id = l.device_id
          group by l.username, l.device_id, case when l.device_id is null then l.user_agent_id end, l.ip
         having count(*) >= ${many.duplicates}::int order by 2 desc, 1, 3 limit ${top}::int) x)) as json`;
}

/** How many sessions ended since then, by reason; whether that is written already or not. */
export async function selectEndings(
  tx: Transaction,
  userIds: UserIds,
  since: Timestamp,
): Promise<Record<EndReason, number>> {
  const theirs = sql.and(sql`s.ended_at >= ${since}::timestamptz`, ofUsers(userIds));
  const rows = await selectRows<{ reason: EndReason; n: number }>(tx)`
    select x.end_reason as reason, count(*)::int as n from (
       select s.end_reason from tomo.sessions s where ${theirs}
       union all
       select s.end_reason from ${VERDICTS}
        where s.id in (select tomo.lapsed(now())) and s.open and not s.live and ${theirs}) x
      group by 1`;
  const ended = Object.fromEntries(rows.map(({ reason, n }) => [reason, n]));
  return { logout: 0, revoked: 0, evicted: 0, expired: 0, ...ended };
}

/** Logins by quarter of an hour since then, in seconds since 1970: every time zone is a multiple of that from UTC. */
export function selectLogins(tx: Transaction, userIds: UserIds, since: Timestamp) {
  return selectRows<{ at: number; logins: number }>(tx)`
    select extract(epoch from x.at)::int as at, x.n::int as logins from (
       select date_bin('15 minutes', s.created_at, timestamptz '2000-01-01 00:00+00') as at, count(*) as n
           from tomo.sessions s
        where ${sql.and(sql`s.created_at >= ${since}::timestamptz and s.created_at <= now()`, ofUsers(userIds))}
        group by 1) x
      order by 1`;
}
