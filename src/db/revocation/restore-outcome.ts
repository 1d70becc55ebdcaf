import type { Session } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { selectDocument, selectJson } from '../port/sql.ts';
import { AGENT_AND_DEVICE, SESSION_JSON } from '../session/json.ts';
import { judged, latestEnded, type Restored } from './judged.ts';

/** What becomes of a session when its revocation is restored: live again, or the first thing that keeps it dead. */
export type RestoreOutcome = 'live' | 'idle' | 'lifetime' | 'user-inactive' | 'revoked';

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

/** Counts what becomes of the sessions of a revocation. Looks at `most` of them, or (null) at each. */
export function selectOutcome(tx: Transaction, revocation: Restored, most: number | null): Promise<Outcome> {
  return selectDocument<Outcome>(tx)`${judged(revocation, most)},
    holders as (
      select r.id, coalesce(sum(j.n) filter (where j.own), 0) as n,
             tomo.restorable_until(r.at, r.compromised) > now() is true as restorable
        from judged j cross join lateral unnest(j.others) o join tomo.revocations r on r.id = o
       where j.verdict = 'revoked' group by r.id),
    barriers as materialized (select id from holders where not restorable)
    select json_build_object(
      -- by hash: of very many users each may have been revoked for good
      'helps', (select coalesce(bool_or(verdict = 'live' or verdict = 'revoked' and not (
                    select bool_or(o in (select b.id from barriers b)) from unnest(others) o)), false) from judged),
      'verdicts', (select coalesce(json_object_agg(verdict, n), '{}')
                     from (select verdict, sum(n) as n from judged where own group by 1) v),
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
  const dead = await selectJson<StaysDead>(tx)`${judged(revocation, most, limit)}
    select json_build_object('id', s.id, 'username', u.username,
             'device', nullif(concat_ws(' on ', a.browser, a.os), ''), 'ip', host(s.ip), 'reason', j.verdict,
             'revocations', case when j.verdict = 'revoked' then j.others else '{}' end)::text as json
      from judged j join tomo.sessions s on s.id = j.id join tomo.users u on u.id = s.user_id
           left join tomo.user_agents a on a.id = s.user_agent_id
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
  return selectJson<Session>(tx)`with ${latestEnded(revocation, limit, most)}
    select ${SESSION_JSON()}::text as json
      from candidates c join tomo.verdicts(now()) s on s.id = c.id and s.revocation_id = ${revocation.id}::bigint
      ${AGENT_AND_DEVICE}
     order by s.activity_bucket desc, s.last_activity_at desc, s.id limit ${limit}::bigint`;
}
