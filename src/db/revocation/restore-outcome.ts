import type { Session } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { type Sql, selectDocument, selectJson, sql } from '../port/sql.ts';
import { LIVE_JOINS, SESSION_JOINS, SESSION_JSON } from '../session/json.ts';

/** What becomes of a session when its revocation is restored: live again, or the first thing that keeps it dead. */
export type RestoreOutcome = 'live' | 'idle' | 'lifetime' | 'user-inactive' | 'revoked';

/** A revocation as far as restoring is concerned. */
export interface Restored {
  id: number;
  scope: 'sessions' | 'user' | 'all';
}

/** A newer revocation that keeps sessions out, and whether that one can be restored too. */
export interface KeptOutBy {
  revocation: number;
  sessions: number;
  restorable: boolean;
}

export interface Outcome {
  /** How many sessions of each verdict; one that none has is missing. */
  verdicts: Partial<Record<RestoreOutcome, number>>;
  /** Rows that carry its end. */
  marked: number;
  /** How many it had ended and are gone since. */
  deleted: number;
  /** Most sessions first. */
  newer: KeptOutBy[];
}

const NEWER = 100;

/**
 * The sessions `s` that the revocation ended, with `verdict`: those that carry its end, and those of its epoch that are
 * not marked, as long as nothing had ended them before. The minimum epochs are those without it, so the answer is the
 * same before and after restoring, until rows are un-marked.
 */
function judged({ id, scope }: Restored): Sql {
  const revocation = sql`${id}::bigint`;
  // one part for each index; a revocation of chosen sessions has nothing that is dead and not marked
  const rest = sql`and s.ended_at is null and not tomo.timed_out(s, t, r.at)`;
  const unmarked = {
    sessions: sql``,
    user: sql`union all select s.* from tomo.sessions s, r, tomo.settings t
      where s.user_id = r.user_id and s.user_epoch < r.epoch ${rest}`,
    all: sql`union all select s.* from tomo.sessions s, r, tomo.settings t where s.epoch < r.epoch ${rest}`,
  }[scope];
  return sql`
    with r as materialized (select * from tomo.revocations where id = ${revocation}),
    standing as materialized (
      select id, scope, user_id, epoch, not compromised and at >= now() - interval '24 hours' as restorable
        from tomo.revocations where restored_at is null and scope <> 'sessions' and id <> ${revocation}),
    everybody as materialized (
      select coalesce(max(epoch), 0) as min_epoch,
             coalesce(max(epoch) filter (where id < ${revocation}), 0) as older from standing where scope = 'all'),
    each_user as materialized (
      select user_id, max(epoch) as min_epoch, max(epoch) filter (where id < ${revocation}) as older
        from standing where scope = 'user' group by user_id),
    judged as (
      select s.id, s.user_id, s.epoch, s.user_epoch, s.revocation_id is not null as marked, m.everybody, m.same_user,
             case when s.last_activity_at <= tomo.idle_cut(t, s.remember_me, now()) then 'idle'
                  when s.created_at <= tomo.lifetime_cut(t, now()) then 'lifetime'
                  when not u.is_active then 'user-inactive'
                  when s.epoch < m.everybody or s.user_epoch < m.same_user then 'revoked'
                  else 'live' end as verdict
        from (select s.* from tomo.sessions s where s.revocation_id = ${revocation} ${unmarked}) s ${LIVE_JOINS}
       cross join r cross join everybody a left join each_user e on e.user_id = s.user_id
       cross join lateral (
         select case when r.scope = 'all' then a.min_epoch else t.min_epoch end as everybody,
                case when r.scope = 'user' then coalesce(e.min_epoch, 0) else coalesce(c.min_epoch, 0) end
                    as same_user) m
       where s.revocation_id is not null or s.epoch >= a.older and s.user_epoch >= coalesce(e.older, 0))`;
}

/** Counts what becomes of the sessions of a revocation. Looks at each of them. */
export function selectOutcome(tx: Transaction, revocation: Restored): Promise<Outcome> {
  return selectDocument<Outcome>(
    tx,
    sql`${judged(revocation)},
    groups as materialized (
      select verdict, case when verdict = 'revoked' and epoch < everybody then epoch end as epoch,
             case when verdict = 'revoked' and user_epoch < same_user then user_id end as user_id,
             case when verdict = 'revoked' and user_epoch < same_user then user_epoch end as user_epoch,
             count(*) as n, count(*) filter (where marked) as marked
        from judged group by 1, 2, 3, 4),
    holders as (
      select x.id, x.restorable, sum(n) as n from (
        select x.id, x.restorable, g.n from groups g join standing x on x.scope = 'all' and x.epoch > g.epoch
        union all
        select x.id, x.restorable, g.n from groups g
          join standing x on x.scope = 'user' and x.user_id = g.user_id and x.epoch > g.user_epoch) x
       group by 1, 2)
    select json_build_object(
      'verdicts', (select coalesce(json_object_agg(verdict, n), '{}')
                     from (select verdict, sum(n) as n from groups group by 1) v),
      'marked', (select coalesce(sum(marked), 0) from groups),
      'deleted', (select greatest(0, r.marked - (select coalesce(sum(marked), 0) from groups)) from r),
      'newer', (select coalesce(
                  json_agg(json_build_object('revocation', id, 'sessions', n, 'restorable', restorable)), '[]')
                  from (select * from holders order by n desc, id limit ${NEWER}::bigint) h))::text as json`,
  );
}

/** One that stays dead. */
export interface StaysDead {
  id: string;
  username: string;
  /** Browser and system in words. */
  device: string | null;
  ip: string | null;
  reason: Exclude<RestoreOutcome, 'live'>;
  /** The newer revocations that keep it out; for reason revoked. */
  revocations: number[];
}

/** Those that stay dead, the newest login first. */
export function selectStaysDead(tx: Transaction, revocation: Restored, limit: number): Promise<StaysDead[]> {
  return selectJson<StaysDead>(
    tx,
    sql`${judged(revocation)}
    select json_build_object('id', s.id, 'username', u.username,
      'device', nullif(concat_ws(' on ', ua.browser, ua.os), ''), 'ip', host(s.ip), 'reason', j.verdict,
      'revocations', case when j.verdict <> 'revoked' then '{}'::bigint[] else array(
        select x.id from standing x
         where x.scope = 'all' and x.epoch > j.epoch
            or x.scope = 'user' and x.user_id = j.user_id and x.epoch > j.user_epoch order by x.id) end)::text as json
      from (select * from judged where verdict <> 'live') j join tomo.sessions s on s.id = j.id
      join tomo.users u on u.id = s.user_id left join tomo.user_agents ua on ua.id = s.user_agent_id
     order by s.created_at desc, s.id limit ${limit}::bigint`,
  );
}

/** Sessions it ended, the most recently active first. */
export function selectEndedSessions(tx: Transaction, revocation: Restored, limit: number): Promise<Session[]> {
  const order = sql`order by s.activity_bucket desc, s.last_activity_at desc, s.id`;
  return selectJson<Session>(
    tx,
    sql`${judged(revocation)}
    select ${SESSION_JSON()}::text as json
      from (select j.id from judged j join tomo.sessions s on s.id = j.id ${order} limit ${limit}::bigint) found
      join tomo.sessions s on s.id = found.id ${SESSION_JOINS} ${order}`,
  );
}
