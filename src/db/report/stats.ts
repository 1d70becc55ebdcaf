import type { EndReason, Timestamp } from '../../model/session.ts';
import type { Crowd, Duplicates, KnownUserTally, Tally } from '../../model/stats.ts';
import type { Transaction } from '../port/database.ts';
import { type Sql, selectRows, selectValue, sql } from '../port/sql.ts';
import { LAPSED_PASS, LIVE_PASS, LIVENESS, VERDICTS } from '../session/json.ts';
import { areFewLapsed, FEW, livePerUser } from '../session/lapsed.ts';

/**
 * Of the users with the most sessions so many are looked at closely; whoever has fewer sessions has no crowd of them.
 */
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

/** What is unusual about a login; an index has these alone. */
const UNUSUAL = sql`s.location_check in ('new-country', 'impossible-travel')`;

/**
 * Live sessions by user (per_user) and by all else, each by an index alone where only few open sessions are not live;
 * else by one look at what is live. Without a country, or a user agent, is a value as well.
 */
function countedParts(userIds: UserIds, few: boolean): Sql {
  if (few) {
    const by = (column: string) => {
      const key = sql.raw(column);
      return sql`(
        select x.${key}, sum(x.n) as n from (
          select s.${key}, count(*) as n from tomo.sessions s where s.ended_at is null group by s.${key}
          union all select d.${key}, -count(*) from dead d group by d.${key}) x
         group by x.${key} having sum(x.n) > 0)`;
    };
    return sql`${FEW},
      dead as materialized (
        select s.user_agent_id, s.country, s.login_method, s.remember_me
          from tomo.sessions s where s.id in (select id from few) and s.ended_at is null),
      per_user as materialized (${livePerUser(true)}),
      by_agent as materialized ${by('user_agent_id')}, by_country as materialized ${by('country')},
      by_method as materialized ${by('login_method')}, by_kind as materialized ${by('remember_me')},
      odd as materialized (select count(*) as n from ${LIVENESS} where s.live and ${UNUSUAL})`;
  }
  const from = userIds ? sql`${LIVENESS} where s.live and ${ofUsers(userIds) || sql`true`}` : LIVE_PASS;
  const by = (column: string) => sql`(select ${sql.raw(column)}, sum(n) as n from combination group by 1)`;
  // each of several servers counts its own
  const held = sql.either(sql`materialized`, sql`not materialized`);
  return sql`live as ${held} (
      select s.user_id, s.user_agent_id, s.country, s.login_method, s.remember_me, s.location_check from ${from}),
    combination as materialized (
      select s.user_agent_id, s.country, s.login_method, s.remember_me, coalesce(${UNUSUAL}, false) as unusual, count(*) as n
        from live s group by 1, 2, 3, 4, 5),
    per_user as materialized (select s.user_id, count(*) as n from live s group by s.user_id),
    by_agent as ${by('user_agent_id')}, by_country as ${by('country')}, by_method as ${by('login_method')},
    by_kind as ${by('remember_me')}, odd as (select sum(n) as n from combination where unusual)`;
}

/** How many are in, by user and by the most frequent values of all else. Close: four fifths of the limit. */
export async function selectLiveSessions(tx: Transaction, userIds: UserIds, top: number): Promise<LiveSessions> {
  const few = userIds === null && (await areFewLapsed(tx));
  // by hash: the planner, which cannot know how many are live, would sort them all; where it fails, so does the count
  const sorts = (set: string) => void tx.script(`set local enable_sort ${set}`).catch(() => {});
  const passes = userIds === null && !few;
  if (passes) sorts('= off');
  const counted = selectValue<LiveSessions>(tx)`
    with ${countedParts(userIds, few)},
     tally as materialized (
       select 'country' as dimension, country as name, n::int as sessions from by_country
       union all select 'method', login_method, n::int from by_method
       union all select 'device', nullif(concat_ws(' on ', a.browser, a.os), ''), sum(k.n)::int
         from by_agent k left join tomo.user_agents a on a.id = k.user_agent_id group by 2
       union all select a.form_factor, coalesce(a.browser, left(a.raw, 60)), sum(k.n)::int
         from by_agent k join tomo.user_agents a on a.id = k.user_agent_id and a.form_factor in ('tool', 'bot') group by 1, 2),
     ranked as (select t.*, row_number() over (partition by t.dimension order by t.sessions desc, t.name) as place
         from tally t),
     limited as materialized (
       select p.user_id, p.n::int as n, l.most
         from per_user p left join tomo.user_controls c on c.user_id = p.user_id cross join tomo.settings t
        cross join lateral (select tomo.session_limit(c.max_sessions, t.max_sessions_per_user) as most) l
        where l.most > 0 and p.n >= 0.8 * l.most)
     select json_build_object(
       'live', (select coalesce(sum(n), 0)::int from by_kind),
       'remembered', (select coalesce(sum(n), 0)::int from by_kind where remember_me),
       'unusual', (select coalesce(sum(n), 0)::int from odd),
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
  if (passes) sorts('to default');
  return counted;
}

/**
 * Of these users those with the most sessions, those in many places at once, and those with many sessions of one kind.
 */
export function selectCrowds(tx: Transaction, userIds: string[], top: number, many: Crowd) {
  return selectValue<{ top: KnownUserTally[]; scattered: KnownUserTally[]; duplicates: Duplicates[] }>(tx)`
    with live as materialized (
       select s.user_id, s.user_agent_id, s.device_id, s.ip, s.country, s.last_activity_at
         from ${LIVENESS} where s.live and s.user_id = any(${userIds}::uuid[])),
     counted as (
       select user_id, count(*)::int as n, count(distinct country)::int as countries, count(distinct ip)::int as addresses,
              count(distinct device_id)::int as devices, max(last_activity_at) as active from live group by user_id),
     tally as materialized (
       select k.*, u.username, tomo.session_limit(c.max_sessions, t.max_sessions_per_user) as most
         from counted k join tomo.users u on u.id = k.user_id left join tomo.user_controls c on c.user_id = u.id
        cross join tomo.settings t),
     crowds as (
       select l.user_id, l.device_id, l.ip, count(*)::int as n,
              max(coalesce(nullif(concat_ws(' on ', a.browser, a.os), ''), left(a.raw, 60))) as device
         from live l left join tomo.user_agents a on a.id = l.user_agent_id
        group by l.user_id, l.device_id, case when l.device_id is null then l.user_agent_id end, l.ip
       having count(*) >= ${many.duplicates}::int),
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
         select u.username, k.n, host(k.ip) as ip, coalesce(d.label, k.device) as device
           from crowds k join tomo.users u on u.id = k.user_id
           left join tomo.devices d on d.user_id = u.id and d.id = k.device_id
          order by k.n desc, u.username, 3 limit ${top}::int) x)) as json`;
}

/** How many sessions ended since then, by reason; whether that is written already or not. */
export async function selectEndings(
  tx: Transaction,
  userIds: UserIds,
  since: Timestamp,
): Promise<Record<EndReason, number>> {
  const start = sql`${since}::timestamptz`;
  const theirs = sql.and(sql`s.ended_at >= ${start}`, ofUsers(userIds));
  const counted = (where: Sql, sign = sql``) => sql`
    select s.end_reason, ${sign}count(*) as n from tomo.sessions s where ${where} group by s.end_reason`;
  // in order of the end an index jumps about in the table; where most have ended since, all are counted in order of
  // reason and those before are subtracted
  const most = sql`(select w.most from whole w)`;
  const written = userIds
    ? counted(theirs)
    : sql`${counted(sql`${most} and s.ended_at is not null`)}
      union all ${counted(sql`${most} and s.ended_at < ${start}`, sql`-`)}
      union all ${counted(sql`not ${most} and ${theirs}`)}`;
  const rows = await selectRows<{ reason: EndReason; n: number }>(tx)`
    with whole as materialized (
      select coalesce(${start} - min(s.ended_at) < (now() - min(s.ended_at)) * 0.4, false) as most from tomo.sessions s)
    select x.end_reason as reason, sum(x.n)::int as n from (
       ${written}
       union all
       select s.end_reason, count(*) from ${userIds ? VERDICTS : LAPSED_PASS}
        where ${userIds ? sql`s.open and not s.live` : sql`true`} and ${theirs} group by s.end_reason) x
      group by 1`;
  const ended = Object.fromEntries(rows.map(({ reason, n }) => [reason, n]));
  return { logout: 0, revoked: 0, evicted: 0, expired: 0, ...ended };
}

/**
 * Logins by quarter of an hour since then, in seconds since 1970: every time zone is a multiple of that from
 * UTC. Of everybody each quarter is counted by itself, by the index: to find out of each login in which it was
 * takes twice as long.
 */
export function selectLogins(tx: Transaction, userIds: UserIds, since: Timestamp) {
  const quarter = (at: Sql) => sql`date_bin('15 minutes', ${at}, timestamptz '2000-01-01 00:00+00')`;
  const start = sql`${since}::timestamptz`;
  const each = sql`select ${quarter(sql`s.created_at`)} as at, count(*) as n from tomo.sessions s
           where s.created_at >= ${start} and s.created_at <= now() and ${ofUsers(userIds) || sql`true`} group by 1`;
  const counted = userIds
    ? each
    : sql.either(
        sql`select q.at, y.n
            from generate_series(
              ${quarter(sql`greatest(${start}, (select min(s.created_at) from tomo.sessions s))`)}, now(), interval '15 minutes') q(at)
           cross join lateral (
             select count(*) as n from tomo.sessions s
              where s.created_at >= greatest(q.at, ${start}) and s.created_at < least(q.at + interval '15 minutes', now())) y`,
        each,
      );
  return selectRows<{ at: number; logins: number }>(tx)`
    select extract(epoch from x.at)::int as at, x.n::int as logins from (${counted}) x where x.n > 0 order by 1`;
}
