import { type Sql, sql } from '../port/sql.ts';
import { CUTS } from '../session/conditions.ts';
import { SHUT_OUT_PASS, VERDICTS } from '../session/json.ts';
import { GATHER } from '../session/selection.ts';
import { REVOCATIONS } from './list.ts';

/** A revocation as far as restoring is concerned. */
export interface Restored {
  id: number;
  scope: 'sessions' | 'user' | 'all';
}

/** Those whose end is written, and that it has ended. */
const written = (id: number) => sql`select s.id from tomo.sessions s where s.revocation_id = ${id}::bigint`;

const chosen = (id: number) =>
  sql`select g.session_id as id from tomo.revocation_targets g where g.revocation_id = ${id}::bigint`;

/** `size`: whether it has chosen so few that each is looked up, however many others are dead. */
const sizeOf = (id: number) => sql`size as materialized (
  select count(*) <= ${GATHER} as few from (${chosen(id)} limit ${GATHER + 1}::bigint) g)`;
const FEW = sql`(select size.few from size)`;

/**
 * `r`, the revocation, and `candidates`: sessions that may be dead by it, at most so many (null: all of them); each
 * scope has an index. Of everybody those come first that were active last.
 */
function candidates({ id, scope }: Restored, most: number | null): Sql {
  const latest = most === null ? sql`` : sql`order by s.epoch desc, s.remember_me desc, s.activity_bucket desc`;
  const open = {
    sessions: chosen(id),
    user: sql`select s.id from r join tomo.sessions s
      on s.user_id = r.user_id and s.user_epoch < r.epoch and s.ended_at is null`,
    all: sql`(select s.id from tomo.sessions s where s.epoch < (select r.epoch from r) and s.ended_at is null
      ${latest} limit ${most}::bigint)`,
  }[scope];
  return sql`${standing(id)},
    candidates as materialized (select c.id from (${open} union ${written(id)}) c limit ${most}::bigint)`;
}

/**
 * The same of those that it has ended, where nobody needs more than so many who were active last: of everybody as the
 * index of activity has them, in the epochs that no earlier one keeps out.
 */
export function latestEnded({ id, scope }: Restored, limit: number, most: number | null): Sql {
  const some = candidates({ id, scope }, most);
  if (scope === 'user') return some;
  const latest = (alias: string) => {
    const [bucket, at, id] = ['activity_bucket', 'last_activity_at', 'id'].map((key) => sql.raw(`${alias}.${key}`));
    return sql`order by ${bucket} desc, ${at} desc, ${id} limit ${limit}::bigint`;
  };
  const first = {
    all: sql`
      select v.id from tomo.open_epochs() e cross join (values (false), (true)) k(remember)
       cross join lateral (
         select v.id from tomo.verdicts(now()) v
          where v.open and v.epoch = e and v.remember_me = k.remember and v.revocation_id = ${id}::bigint
          ${latest('v')}) v
       where (select min(h) from tomo.holders_of_all(e) h) = ${id}::bigint`,
    sessions: sql`
      (select s.id from ${VERDICTS}
        where ${FEW} and s.open and s.id in (${chosen(id)}) and s.revocation_id = ${id}::bigint ${latest('s')})
      union all
      (select s.id from ${SHUT_OUT_PASS} where not ${FEW} and s.revocation_id = ${id}::bigint ${latest('s')})`,
  }[scope];
  return sql.either(sql`${sizeOf(id)}, candidates as materialized (${first} union all ${written(id)})`, some);
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
  const { id, scope } = revocation;
  const singly = sql`with ${candidates(revocation, most)}, judged as materialized (${each(id)})`;
  if (most !== null || scope === 'user') return singly;
  return sql.either(together({ id, scope }, newest), singly);
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
 * Where they may be very many, all at once: what keeps them out is known before, and those that are alike are counted
 * together.
 */
function together({ id, scope }: { id: number; scope: 'all' | 'sessions' }, newest: number | null): Sql {
  const parts = {
    all: { which: sql`s.epoch < (select r.epoch from r)`, singly: written(id) },
    sessions: {
      which: sql`not ${FEW} and s.id in (${chosen(id)})`,
      singly: sql`${chosen(id)} and ${FEW} union ${written(id)}`,
    },
  }[scope];
  // offset: what is asked of them says nothing of how many they are, and the planner would join few
  const all = sql`
    select s.id, s.created_at, s.revocation_id = ${id}::bigint is true as own,
           case ${TIME} when exists (select from tomo.users i where i.id = s.user_id and not i.is_active)
                then 'user-inactive' end as dead,
           case when a.holders is null then coalesce(o.others, '{}')
                else array_remove(o.others || a.holders, ${id}::bigint) end as others
      from ${SHUT_OUT_PASS} cross join ${CUTS}
      left join of_all o on o.epoch = s.epoch
      left join apart a on a.id = s.id
     where ${parts.which} offset 0`;
  const rows =
    newest === null
      ? sql`select null::uuid as id, null::timestamptz as created_at, own, dead, others, count(*) as n
              from (${all}) x group by own, dead, others`
      : sql`select x.*, 1::bigint as n from (${all}) x where own and (dead is not null or others <> '{}')
             order by created_at desc, id limit ${newest}::bigint`;
  return sql`
    with ${standing(id)}, ${sizeOf(id)},
    candidates as materialized (${parts.singly}),
    of_all as materialized (
      select e as epoch, array_remove(${holdersIn(sql`tomo.holders_of_all(e)`)}, ${id}::bigint) as others
        from tomo.open_epochs() e),
    apart as materialized (
      select x.id, array_agg(x.holder order by x.holder) as holders from (
        select s.id, h as holder from tomo.kept_out_with_user() o join tomo.sessions s on s.id = o
         cross join lateral tomo.holders_of_user(s.user_id, s.user_epoch) h
        union
        select g.session_id, r.id from tomo.revocations r join tomo.revocation_targets g on g.revocation_id = r.id
         where r.restored_at is null) x
       group by x.id),
    judged as materialized (
      select j.id, j.created_at, j.others, j.own, j.n, j.verdict from (${each(id)}) j
      union all
      select a.id, a.created_at, a.others, a.own, a.n,
             coalesce(a.dead, case when a.others <> '{}' then 'revoked' else 'live' end)
        from (${rows}) a)`;
}
