import type { Session } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { Params } from '../port/sql.ts';
import { LIVE_JOINS, SESSION_JOINS, SESSION_JSON, STATE } from '../session/json.ts';

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
 * The sessions `s` that the revocation ended, with `verdict`: those that carry its end, and those of its epoch that are not
 * marked, as long as nothing had ended them before. The minimum epochs are those without it, so the answer is the same
 * before and after restoring, until rows are un-marked.
 */
function judged({ id, scope }: Restored, params: Params): string {
  const r = params.add(id);
  // one part for each index; a revocation of chosen sessions has nothing that is dead and not marked
  const unmarked = {
    sessions: '',
    user: 'union all select s.* from tomo.sessions s, r, tomo.settings t where s.user_id = r.user_id and s.user_epoch < r.epoch',
    all: 'union all select s.* from tomo.sessions s, r, tomo.settings t where s.epoch < r.epoch',
  }[scope];
  return `
    with r as materialized (select * from tomo.revocations where id = ${r}::bigint),
    standing as materialized (
      select id, scope, user_id, epoch, not compromised and at >= now() - interval '24 hours' as restorable
        from tomo.revocations where restored_at is null and scope <> 'sessions' and id <> ${r}::bigint),
    everybody as materialized (
      select coalesce(max(epoch), 0) as min_epoch, coalesce(max(epoch) filter (where id < ${r}::bigint), 0) as older from standing where scope = 'all'),
    each_user as materialized (
      select user_id, max(epoch) as min_epoch, max(epoch) filter (where id < ${r}::bigint) as older from standing where scope = 'user' group by user_id),
    judged as (
      select s.id, s.user_id, s.epoch, s.user_epoch, s.revocation_id is not null as marked, m.everybody, m.same_user,
             case when s.last_activity_at <= tomo.idle_cut(t, s.remember_me, now()) then 'idle'
                  when s.created_at <= tomo.lifetime_cut(t, now()) then 'lifetime'
                  when not u.is_active then 'user-inactive'
                  when s.epoch < m.everybody or s.user_epoch < m.same_user then 'revoked'
                  else 'live' end as verdict
        from (select s.* from tomo.sessions s where s.revocation_id = ${r}::bigint
              ${unmarked ? `${unmarked} and s.ended_at is null and not tomo.timed_out(s, t, r.at)` : ''}) s ${LIVE_JOINS}
       cross join r cross join everybody a left join each_user e on e.user_id = s.user_id
       cross join lateral (
         select case when r.scope = 'all' then a.min_epoch else t.min_epoch end as everybody,
                case when r.scope = 'user' then coalesce(e.min_epoch, 0) else coalesce(c.min_epoch, 0) end as same_user) m
       where s.revocation_id is not null or s.epoch >= a.older and s.user_epoch >= coalesce(e.older, 0))`;
}

/** Counts what becomes of the sessions of a revocation. Looks at each of them. */
export async function selectOutcome(tx: Transaction, revocation: Restored): Promise<Outcome> {
  const params = new Params();
  const [row] = await tx.query<{ json: Outcome }>(
    `${judged(revocation, params)},
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
        select x.id, x.restorable, g.n from groups g join standing x on x.scope = 'user' and x.user_id = g.user_id and x.epoch > g.user_epoch) x
       group by 1, 2)
    select json_build_object(
      'verdicts', (select coalesce(json_object_agg(verdict, n), '{}') from (select verdict, sum(n) as n from groups group by 1) v),
      'marked', (select coalesce(sum(marked), 0) from groups),
      'deleted', (select greatest(0, r.marked - (select coalesce(sum(marked), 0) from groups)) from r),
      'newer', (select coalesce(json_agg(json_build_object('revocation', id, 'sessions', n, 'restorable', restorable)), '[]')
                  from (select * from holders order by n desc, id limit ${NEWER}) h)) as json`,
    params.values,
  );
  if (!row) throw new Error('A statement without from returned no row');
  return row.json;
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
export async function selectStaysDead(tx: Transaction, revocation: Restored, limit: number): Promise<StaysDead[]> {
  const params = new Params();
  const rows = await tx.query<{ json: StaysDead }>(
    `${judged(revocation, params)}
    select json_build_object('id', s.id, 'username', u.username, 'device', nullif(concat_ws(' on ', ua.browser, ua.os), ''), 'ip', host(s.ip),
      'reason', j.verdict, 'revocations', case when j.verdict <> 'revoked' then '{}'::bigint[] else array(
        select x.id from standing x
         where x.scope = 'all' and x.epoch > j.epoch or x.scope = 'user' and x.user_id = j.user_id and x.epoch > j.user_epoch order by x.id) end) as json
      from (select * from judged where verdict <> 'live') j join tomo.sessions s on s.id = j.id join tomo.users u on u.id = s.user_id
      left join tomo.user_agents ua on ua.id = s.user_agent_id
     order by s.created_at desc, s.id limit ${params.add(limit)}::bigint`,
    params.values,
  );
  return rows.map((row) => row.json);
}

/** Sessions it ended, the most recently active first. */
export async function selectEndedSessions(tx: Transaction, revocation: Restored, limit: number): Promise<Session[]> {
  const params = new Params();
  const rows = await tx.query<{ json: string }>(
    `${judged(revocation, params)}
    select ${SESSION_JSON(STATE)}::text as json
      from (select j.id from judged j join tomo.sessions s on s.id = j.id order by s.activity_bucket desc, s.last_activity_at desc, s.id limit ${params.add(limit)}::bigint) found
      join tomo.sessions s on s.id = found.id ${SESSION_JOINS}
     order by s.activity_bucket desc, s.last_activity_at desc, s.id`,
    params.values,
  );
  return rows.map((row) => JSON.parse(row.json) as Session);
}
