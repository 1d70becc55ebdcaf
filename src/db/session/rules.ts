import type { Timestamp } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { selectDocument, selectJson, sql } from '../port/sql.ts';
import { LIVE_JOINS } from './json.ts';

/** Who set a setting last, as the database keeps it; undefined: nobody has. */
export interface StoredOrigin {
  origin: 'database' | 'environment';
  at: Timestamp;
  by: string;
}

/** What each rule of tomo.live() compares for one session, and what comes of it. Times are exact to the microsecond. */
export interface RuleFacts {
  at: Timestamp;
  userActive: boolean;
  epoch: number;
  minEpoch: number;
  userEpoch: number;
  minUserEpoch: number;
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
  const [facts] = await selectJson<RuleFacts>(
    tx,
    sql`select json_build_object(
       'at', x.at, 'userActive', u.is_active, 'epoch', s.epoch, 'minEpoch', t.min_epoch,
       'userEpoch', s.user_epoch, 'minUserEpoch', coalesce(c.min_epoch, 0),
       'timeout', x.timeout, 'idleFloor', nullif(x.floor, '-infinity'),
       'maxLifetime', t.session_max_lifetime, 'lifetimeFloor', nullif(t.lifetime_floor, '-infinity'),
       'idleUntil', s.last_activity_at + make_interval(mins => x.timeout),
       'lifetimeUntil',
       case when t.session_max_lifetime > 0 then s.created_at + make_interval(mins => t.session_max_lifetime) end,
       'touchInterval', least(t.touch_interval, x.timeout * 6),
       'idlePassed', s.last_activity_at > x.at - make_interval(mins => x.timeout),
       'idleFloorPassed', s.last_activity_at > x.floor,
       'lifetimePassed',
       t.session_max_lifetime = 0 or s.created_at > x.at - make_interval(mins => t.session_max_lifetime),
       'lifetimeFloorPassed', s.created_at > t.lifetime_floor, 'origins', t.origins)::text as json
     from tomo.sessions s ${LIVE_JOINS}
     cross join lateral (
       select coalesce(${at}::timestamptz, now()) as at,
              case when s.remember_me then t.remember_me_timeout else t.session_timeout end as timeout,
              case when s.remember_me then t.remember_floor else t.idle_floor end as floor) x
    where s.id = ${id}::uuid`,
  );
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
  restoredAt: Timestamp | null;
  /** Until then it can be undone, unless it was made for a compromise. */
  restorableUntil: Timestamp;
  tooOld: boolean;
}

/** Every revocation that keeps the session dead, the first one first: the one its row names, and those of a later epoch. */
export function selectHoldingRevocations(
  tx: Transaction,
  id: string,
  at: Timestamp | null,
): Promise<HoldingRevocation[]> {
  return selectJson<HoldingRevocation>(
    tx,
    sql`select json_build_object('id', r.id, 'at', r.at, 'scope', r.scope,
       'by', tomo.actor_name(r.actor), 'reason', r.reason,
       'compromised', r.compromised, 'restoredAt', r.restored_at, 'restorableUntil', r.at + interval '24 hours',
       'tooOld', r.at < coalesce(${at}::timestamptz, now()) - interval '24 hours')::text as json
     from tomo.sessions s join tomo.revocations r
       on r.id = s.revocation_id
       or r.restored_at is null
          and (r.scope = 'all' and r.epoch > s.epoch
               or r.scope = 'user' and r.user_id = s.user_id and r.epoch > s.user_epoch)
    where s.id = ${id}::uuid order by r.id`,
  );
}

/** A change that made a timeout or lifetime longer. */
export interface RaisedSetting {
  /** Minutes before it. */
  from: number;
  at: Timestamp;
  by: string;
}

/** The raise of a setting, on record in the audit, under whose old value something of `since` had run out before it. */
export async function selectRaise(tx: Transaction, key: string, since: Timestamp): Promise<RaisedSetting | undefined> {
  const [raise] = await selectJson<RaisedSetting>(
    tx,
    sql`select json_build_object('from', x.was, 'at', x.at, 'by', tomo.actor_name(x.actor))::text as json
       from (select l.at, l.actor, (l.detail #>> array['from', ${key}::text])::int as was,
                    (l.detail #>> array['to', ${key}::text])::int as became
               from tomo.audit_log l where l.action = 'set' and l.at >= ${since}::timestamptz) x
      where x.was > 0 and (x.became > x.was or x.became = 0)
        and ${since}::timestamptz <= x.at - make_interval(mins => x.was)
      order by x.was, x.at limit 1`,
  );
  return raise;
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
  return selectDocument<LaterRequests>(
    tx,
    sql`select json_build_object(
       'before', count(*) filter (where at < ${cut}), 'lastBefore', max(at) filter (where at < ${cut}),
       'after', count(*) filter (where at >= ${cut}), 'firstAfter', min(at) filter (where at >= ${cut}))::text as json
     from tomo.session_activity
    where session_id = ${id}::uuid and at > ${since}::timestamptz + make_interval(secs => ${slack}::float8)`,
  );
}

/** The database's clock at this very moment, not that of the transaction's beginning. */
export function selectClock(tx: Transaction): Promise<Timestamp> {
  return selectDocument<Timestamp>(tx, sql`select to_json(clock_timestamp())::text as json`);
}
