import type { Session } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { type Sql, selectDocument, selectJson, sql } from '../port/sql.ts';
import { AGENT_AND_DEVICE, SESSION_JSON } from '../session/json.ts';
import { REVOCATIONS } from './list.ts';

/** What becomes of a session when its revocation is restored: live again, or the first thing that keeps it dead. */
export type RestoreOutcome = 'live' | 'idle' | 'lifetime' | 'user-inactive' | 'revoked';

/** A revocation as far as restoring is concerned. */
export interface Restored {
  id: number;
  scope: 'sessions' | 'user' | 'all';
}

/** Another revocation that keeps sessions out, and whether that one can be restored too. */
export interface KeptOutBy {
  revocation: number;
  sessions: number;
  restorable: boolean;
}

export interface Outcome {
  /** Whether it keeps anybody out whom nothing else does for good, also of sessions that another one ended first. */
  helps: boolean;
  /** How many sessions of each verdict; one that none has is missing. */
  verdicts: Partial<Record<RestoreOutcome, number>>;
  /** False: there are more than were looked at. */
  complete: boolean;
  /** Most sessions first. */
  newer: KeptOutBy[];
}

const NEWER = 100;

/** Sessions that may be dead by the revocation, at most so many (null: all of them); each scope has an index. */
function candidates({ id, scope }: Restored, most: number | null): Sql {
  const open = {
    sessions: sql`select g.session_id as id from tomo.revocation_targets g where g.revocation_id = ${id}::bigint`,
    user: sql`select s.id from r join tomo.sessions s
      on s.user_id = r.user_id and s.user_epoch < r.epoch and s.ended_at is null`,
    all: sql`select s.id from r join tomo.sessions s on s.epoch < r.epoch and s.ended_at is null`,
  }[scope];
  return sql`
    r as materialized (select user_id, epoch from ${REVOCATIONS} r where id = ${id}::bigint),
    candidates as materialized (
      select c.id from (${open} union all select s.id from tomo.sessions s where s.revocation_id = ${id}::bigint) c
       limit ${most}::bigint)`;
}

/**
 * The sessions that the revocation keeps out, each with what would become of it and the other revocations that hold
 * it. own: it has ended them, and no other one before.
 */
function judged(revocation: Restored, most: number | null): Sql {
  return sql`
    with ${candidates(revocation, most)},
    judged as materialized (
      select s.id, s.username, s.created_at, s.others, s.revocation_id = ${revocation.id}::bigint is true as own,
             case when s.last_activity_at <= case when s.remember_me then k.remember_cut else k.idle_cut end then 'idle'
                  when s.created_at <= k.lifetime_cut then 'lifetime'
                  when not s.user_active then 'user-inactive'
                  when s.others <> '{}' then 'revoked'
                  else 'live' end as verdict
        from (
          select s.*, array_remove(${sql.join(
            [
              sql`tomo.holders_of_all(s.epoch)`,
              sql`tomo.holders_of_user(s.user_id, s.user_epoch)`,
              sql`tomo.holders_of_chosen(s.user_id, s.id)`,
            ].map((some) => sql`coalesce((select array_agg(h order by h) from ${some} h), '{}')`),
            ' || ',
          )}, ${revocation.id}::bigint) as others
            from candidates c join tomo.verdicts(now()) s on s.id = c.id) s
       cross join tomo.cuts(now()) k)`;
}

/** Counts what becomes of the sessions of a revocation. Looks at `most` of them, or (null) at each. */
export function selectOutcome(tx: Transaction, revocation: Restored, most: number | null): Promise<Outcome> {
  return selectDocument<Outcome>(tx)`${judged(revocation, most)},
    holders as (
      select r.id, count(*) filter (where j.own) as n,
             tomo.restorable_until(r.at, r.compromised) > now() is true as restorable
        from judged j cross join lateral unnest(j.others) o join tomo.revocations r on r.id = o
       where j.verdict = 'revoked' group by r.id),
    barriers as (select coalesce(array_agg(id) filter (where not restorable), '{}') as ids from holders)
    select json_build_object(
      'helps', (select coalesce(bool_or(verdict = 'live' or verdict = 'revoked' and not others && ids), false)
                  from judged cross join barriers),
      'verdicts', (select coalesce(json_object_agg(verdict, n), '{}')
                     from (select verdict, count(*) as n from judged where own group by 1) v),
      'complete', (select count(*) from candidates) < ${most}::bigint is not false,
      'newer', (select coalesce(json_agg(json_build_object(
                  'revocation', id, 'sessions', n, 'restorable', restorable)), '[]')
                  from (select * from holders where n > 0 order by n desc, id limit ${NEWER}) h))::text as json`;
}

/** One that stays dead. */
export interface StaysDead {
  id: string;
  username: string;
  /** Browser and system in words. */
  device: string | null;
  ip: string | null;
  reason: Exclude<RestoreOutcome, 'live'>;
  /** The other revocations that keep it out; for reason revoked. */
  revocations: number[];
}

/** Those that stay dead, the newest login first. */
export async function selectStaysDead(tx: Transaction, revocation: Restored, limit: number, most: number | null) {
  const dead = await selectJson<StaysDead>(tx)`${judged(revocation, most)}
    select json_build_object('id', s.id, 'username', j.username,
             'device', nullif(concat_ws(' on ', a.browser, a.os), ''), 'ip', host(s.ip), 'reason', j.verdict,
             'revocations', case when j.verdict = 'revoked' then j.others else '{}' end)::text as json
      from judged j join tomo.sessions s on s.id = j.id left join tomo.user_agents a on a.id = s.user_agent_id
     where j.own and j.verdict <> 'live' order by j.created_at desc, j.id limit ${limit}::bigint`;
  return dead.map((one) => ({ ...one, revocations: one.revocations.toSorted((a, b) => a - b) }));
}

/** Sessions that are dead by it, the most recently active first; of the first `most`, or (null) of all. */
export function selectEndedSessions(
  tx: Transaction,
  revocation: Restored,
  limit: number,
  most: number | null = null,
): Promise<Session[]> {
  return selectJson<Session>(tx)`with ${candidates(revocation, most)}
    select ${SESSION_JSON()}::text as json
      from candidates c join tomo.verdicts(now()) s on s.id = c.id and s.revocation_id = ${revocation.id}::bigint
      ${AGENT_AND_DEVICE}
     order by s.activity_bucket desc, s.last_activity_at desc, s.id limit ${limit}::bigint`;
}
