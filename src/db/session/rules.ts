import type { EndReason, SessionState, Timestamp } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { type Sql, selectDocument, selectJson, sql } from '../port/sql.ts';

/** Who set a setting last, as the database keeps it; undefined: nobody has. */
export interface StoredOrigin {
  origin: 'database' | 'environment';
  at: Timestamp;
  by: string;
}

/** What each rule compares for one session, and what has come of it. Times are exact to the microsecond. */
export interface RuleFacts {
  at: Timestamp;
  state: SessionState;
  /** Its end is written. */
  written: boolean;
  endReason: EndReason | null;
  userActive: boolean;
  epoch: number;
  minEpoch: number;
  userEpoch: number;
  minUserEpoch: number;
  /** A revocation of chosen sessions that stands has chosen it. */
  chosen: boolean;
  /** Minutes, of the session's kind: ordinary or remembered. */
  timeout: number;
  /** Null: no timeout of this kind was ever raised. */
  idleFloor: Timestamp | null;
  /** Minutes; 0: none. */
  maxLifetime: number;
  lifetimeFloor: Timestamp | null;
  idleUntil: Timestamp;
  lifetimeUntil: Timestamp | null;
  /** Seconds between two moves of the last activity, at least. */
  touchInterval: number;
  idlePassed: boolean;
  idleFloorPassed: boolean;
  lifetimePassed: boolean;
  lifetimeFloorPassed: boolean;
  origins: Record<string, StoredOrigin | undefined>;
}

/** The rules for the session with this id, at a moment (null: now). */
export async function selectRuleFacts(
  tx: Transaction,
  id: string,
  at: Timestamp | null,
): Promise<RuleFacts | undefined> {
  const moment = sql`coalesce(${at}::timestamptz, now())`;
  const floor = (minutes: Sql) => sql`(
    select max(p.until - make_interval(mins => ${minutes})) from tomo.past_timeouts p where p.until <= ${moment} and ${minutes} > 0)`;
  const [facts] = await selectJson<RuleFacts>(tx)`select json_build_object(
       'at', ${moment}, 'state', s.state, 'written', not s.open, 'endReason', s.end_reason, 'userActive', s.user_active,
       'epoch', s.epoch, 'minEpoch', t.min_epoch, 'userEpoch', s.user_epoch, 'minUserEpoch', coalesce(c.min_epoch, 0),
       'chosen', exists (select from tomo.revocation_targets g join tomo.revocations r on r.id = g.revocation_id
         where g.user_id = s.user_id and g.session_id = s.id and r.restored_at is null),
       'timeout', s.timeout, 'idleFloor', s.idle_floor, 'maxLifetime', t.session_max_lifetime, 'lifetimeFloor', s.lifetime_floor,
       'idleUntil', tomo.runs_out(s.last_activity_at, s.created_at, s.timeout, 0), 'lifetimeUntil', s.lifetime_until,
       'touchInterval', least(t.touch_interval, s.timeout * 6),
       'idlePassed', tomo.runs_out(s.last_activity_at, s.created_at, s.timeout, 0) > ${moment},
       'idleFloorPassed', s.last_activity_at > coalesce(s.idle_floor, '-infinity'),
       'lifetimePassed', coalesce(s.lifetime_until > ${moment}, true),
       'lifetimeFloorPassed', s.created_at > coalesce(s.lifetime_floor, '-infinity'), 'origins', t.origins)::text as json
     from (
       select s.*, case when s.remember_me then t.remember_me_timeout else t.session_timeout end as timeout,
              case when t.session_max_lifetime > 0
                   then s.created_at + make_interval(mins => t.session_max_lifetime) end as lifetime_until,
              ${floor(sql`case when s.remember_me then p.remember_me_timeout else p.session_timeout end`)} as idle_floor,
              ${floor(sql`p.session_max_lifetime`)} as lifetime_floor
         from tomo.verdicts(${moment}) s cross join tomo.settings t
        where s.id = ${id}::uuid) s
     left join tomo.user_controls c on c.user_id = s.user_id cross join tomo.settings t`;
  return facts;
}

/** A revocation that a session is dead by. */
export interface HoldingRevocation {
  id: number;
  at: Timestamp;
  scope: 'sessions' | 'user' | 'all';
  by: string;
  reason: string | null;
  compromised: boolean;
  /** Until then it can be undone; null: never. */
  restorableUntil: Timestamp | null;
  tooOld: boolean;
}

/** Every revocation that keeps the session dead, the first one first: the one its row names, and those that stand. */
export function selectHoldingRevocations(
  tx: Transaction,
  { id, userId }: { id: string; userId: string },
  at: Timestamp | null,
) {
  return selectJson<HoldingRevocation>(tx)`
    select json_build_object('id', r.id, 'at', r.at, 'scope', r.scope, 'by', tomo.actor_name(r.actor),
       'reason', r.reason, 'compromised', r.compromised,
       'restorableUntil', tomo.restorable_until(r.at, r.compromised),
       'tooOld', coalesce(tomo.restorable_until(r.at, false) <= coalesce(${at}::timestamptz, now()), false))::text as json
     from tomo.sessions s join tomo.revocations r
       on r.id = s.revocation_id
       or r.id in (select h from tomo.holders(${userId}::uuid, s.id, s.epoch, s.user_epoch) h)
    where s.id = ${id}::uuid and s.user_id = ${userId}::uuid order by r.id`;
}

/** A change of a timeout, and by whom, where the audit still knows. */
export interface TimeoutChange {
  at: Timestamp;
  by: string | null;
}

/** When and by which rule a session has run out. */
export interface RunOut {
  at: Timestamp;
  rule: 'idle' | 'lifetime';
  /** Minutes that the setting allowed then. */
  minutes: number;
  /** The change that ended it: the setting was lowered to that, and it had been longer already. */
  lowered: TimeoutChange | null;
  /** The setting was raised after that, which brings nothing back. */
  raised: TimeoutChange | null;
}

/** The first period whose timeouts the session has outlived; undefined: none of those that are known. */
export async function selectRunOut(tx: Transaction, id: string): Promise<RunOut | undefined> {
  const change = (at: Sql) => sql`json_build_object('at', ${at}, 'by', (
    select tomo.actor_name(l.actor) from tomo.audit_log l
     where l.action = 'set' and l.at between ${at} and ${at} + interval '1 minute' and l.detail -> 'to' ? o.key
     order by l.id limit 1))`;
  const [found] = await selectJson<RunOut>(tx)`
    with s as materialized (select created_at, last_activity_at, remember_me from tomo.sessions where id = ${id}::uuid)
    select json_build_object('at', greatest(p.since, o.at), 'rule', o.rule, 'minutes', o.minutes,
       'lowered', case when p.since > o.at then ${change(sql`p.since`)} end,
       'raised', (
         select ${change(sql`q.since`)} from tomo.timeouts() q
          where q.since >= p.until and (to_jsonb(q) ->> o.key)::integer not between 1 and o.minutes
          order by q.since limit 1))::text as json
       from s cross join tomo.timeouts() p
      cross join lateral (values
        ('idle', case when s.remember_me then 'remember_me_timeout' else 'session_timeout' end, s.last_activity_at),
        ('lifetime', 'session_max_lifetime', s.created_at)) v(rule, key, since)
      cross join lateral (select (to_jsonb(p) ->> v.key)::integer as minutes) m
      cross join lateral (
        select v.rule, m.minutes, v.key, v.since + make_interval(mins => m.minutes) as at where m.minutes > 0) o
      where o.at <= p.until
      order by greatest(p.since, o.at), o.at limit 1`;
  return found;
}

/** Requests on record after the last activity: before a moment, and from it on. */
export interface LaterRequests {
  before: number;
  lastBefore: Timestamp | null;
  after: number;
  firstAfter: Timestamp | null;
}

/** What was recorded more than `slack` seconds after `since`, before `until` and from then on. */
export async function selectLaterRequests(
  tx: Transaction,
  id: string,
  since: Timestamp,
  slack: number,
  until: Timestamp,
): Promise<LaterRequests> {
  const cut = sql`${until}::timestamptz`;
  return selectDocument<LaterRequests>(tx)`select json_build_object(
       'before', count(*) filter (where at < ${cut}), 'lastBefore', max(at) filter (where at < ${cut}),
       'after', count(*) filter (where at >= ${cut}), 'firstAfter', min(at) filter (where at >= ${cut}))::text as json
     from tomo.session_activity
    where session_id = ${id}::uuid and at > ${since}::timestamptz + make_interval(secs => ${slack}::float8)`;
}

/** The database's clock at this very moment, not that of the transaction's beginning. */
export function selectClock(tx: Transaction): Promise<Timestamp> {
  return selectDocument<Timestamp>(tx)`select to_json(clock_timestamp())::text as json`;
}
