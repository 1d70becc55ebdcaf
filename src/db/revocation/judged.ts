import { type Sql, sql } from '../port/sql.ts';
import { CUTS } from '../session/conditions.ts';
import { SHUT_OUT_PASS } from '../session/json.ts';
import { REVOCATIONS } from './list.ts';

/** A revocation as far as restoring is concerned. */
export interface Restored {
  id: number;
  scope: 'sessions' | 'user' | 'all';
}

/** Those whose end is written, and that it has ended. */
const written = (id: number) => sql`select s.id from tomo.sessions s where s.revocation_id = ${id}::bigint`;

/**
 * `r`, the revocation, and `candidates`: sessions that may be dead by it, at most so many (null: all of them); each
 * scope has an index. Of everybody those come first that were active last.
 */
export function candidates({ id, scope }: Restored, most: number | null): Sql {
  const latest = most === null ? sql`` : sql`order by s.epoch desc, s.remember_me desc, s.activity_bucket desc`;
  const open = {
    sessions: sql`select g.session_id as id from tomo.revocation_targets g where g.revocation_id = ${id}::bigint`,
    user: sql`select s.id from r join tomo.sessions s
      on s.user_id = r.user_id and s.user_epoch < r.epoch and s.ended_at is null`,
    all: sql`(select s.id from tomo.sessions s where s.epoch < (select r.epoch from r) and s.ended_at is null
      ${latest} limit ${most}::bigint)`,
  }[scope];
  return sql`${standing(id)},
    candidates as materialized (select c.id from (${open} union all ${written(id)}) c limit ${most}::bigint)`;
}

/**
 * The same of those that it has ended, where nobody needs more than so many who were active last: of everybody as the
 * index of activity has them, in the epochs that no earlier one keeps out.
 */
export function latestEnded({ id, scope }: Restored, limit: number, most: number | null): Sql {
  const some = candidates({ id, scope }, most);
  if (scope !== 'all') return some;
  const order = sql`order by v.activity_bucket desc, v.last_activity_at desc, v.id desc limit ${limit}::bigint`;
  const walked = sql`
    candidates as materialized (
      select v.id from tomo.open_epochs() e cross join (values (false), (true)) k(remember)
       cross join lateral (
         select v.id from tomo.verdicts(now()) v
          where v.open and v.epoch = e and v.remember_me = k.remember and v.revocation_id = ${id}::bigint ${order}) v
       where (select min(h) from tomo.holders_of_all(e) h) = ${id}::bigint
      union all ${written(id)})`;
  return sql.either(walked, some);
}

function standing(id: number): Sql {
  return sql`r as materialized (select user_id, epoch from ${REVOCATIONS} r where id = ${id}::bigint)`;
}

/**
 * `judged`: the sessions that the revocation keeps out, each with what would become of it and the other revocations
 * that hold it. own: it has ended them, and no other one before. n: how many such sessions a row is. `newest`: so many
 * of its own that stay dead are wanted, each by itself.
 */
export function judged(revocation: Restored, most: number | null, newest: number | null = null): Sql {
  const singly = sql`with ${candidates(revocation, most)},
    judged as materialized (${each(revocation.id)})`;
  return revocation.scope === 'all' && most === null ? sql.either(ofEverybody(revocation.id, newest), singly) : singly;
}

/** How time and their user have dealt with sessions `s` meanwhile. */
const IDLE = sql`s.last_activity_at <= case when s.remember_me then k.remember_cut else k.idle_cut end`;
const TIME = sql`when ${IDLE} then 'idle' when s.created_at <= k.lifetime_cut then 'lifetime'`;

const holdersIn = (some: Sql) => sql`coalesce((select array_agg(h order by h) from ${some} h), '{}')`;

/** Each of the candidates by itself. */
function each(id: number): Sql {
  const holders = [
    sql`tomo.holders_of_all(s.epoch)`,
    sql`tomo.holders_of_user(s.user_id, s.user_epoch)`,
    sql`tomo.holders_of_chosen(s.user_id, s.id)`,
  ];
  return sql`
    select s.id, s.created_at, s.others, s.revocation_id = ${id}::bigint is true as own, 1::bigint as n,
           case ${TIME} when not s.user_active then 'user-inactive' when s.others <> '{}' then 'revoked'
                else 'live' end as verdict
      from (
        select s.*, array_remove(${sql.join(holders.map(holdersIn), ' || ')}, ${id}::bigint) as others
          from candidates c join tomo.verdicts(now()) s on s.id = c.id) s
     cross join ${CUTS}`;
}

/**
 * Of everybody: whom something else keeps out as well, each by itself; all the others are alike as far as their epoch,
 * time and the first revocation are.
 */
function ofEverybody(id: number, newest: number | null): Sql {
  const alike = sql`
    select s.id, s.created_at, s.epoch, s.revocation_id = ${id}::bigint is true as own, case ${TIME} end as time
      from ${SHUT_OUT_PASS} cross join ${CUTS}
     where s.epoch < (select r.epoch from r) and s.id not in (select a.id from apart a)`;
  const rows =
    newest === null
      ? sql`select null::uuid as id, null::timestamptz as created_at, a.epoch, a.own, a.time, count(*) as n
              from (${alike}) a group by a.epoch, a.own, a.time`
      : sql`select a.*, 1::bigint as n from (${alike}) a join epochs e on e.epoch = a.epoch
             where a.own and (a.time is not null or e.others <> '{}')
             order by a.created_at desc, a.id limit ${newest}::bigint`;
  return sql`
    with ${standing(id)},
    apart as materialized (select o as id from tomo.kept_out() o),
    candidates as materialized (
      select s.id from tomo.sessions s
       where s.id = any(array(select a.id from apart a)) and s.ended_at is null and s.epoch < (select r.epoch from r)
      union all ${written(id)}),
    epochs as materialized (
      select e as epoch, array_remove(${holdersIn(sql`tomo.holders_of_all(e)`)}, ${id}::bigint) as others
        from tomo.open_epochs() e),
    judged as materialized (
      select j.id, j.created_at, j.others, j.own, j.n, j.verdict from (${each(id)}) j
      union all
      select g.id, g.created_at, e.others, g.own, g.n,
             coalesce(g.time, case when e.others <> '{}' then 'revoked' else 'live' end)
        from (${rows}) g join epochs e on e.epoch = g.epoch)`;
}
