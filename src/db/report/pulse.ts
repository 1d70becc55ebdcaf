import type { Timestamp } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { selectDocument } from '../port/sql.ts';
import { LIVENESS } from '../session/json.ts';

/** What has happened in one minute. Logins are told by user and address; `at`: its beginning, in seconds since 1970. */
export interface PulseRows {
  /** By the clock of the database. */
  now: Timestamp;
  logins: { at: number; username: string; ip: string | null; n: number }[];
  /** Logged out or evicted. */
  ended: { at: number; n: number }[];
  /** `sessions`: how many those ended; of some nobody has counted them. */
  revocations: { at: number; n: number; sessions: number }[];
  alerts: { at: number; n: number }[];
  /** Counted to `cap`. */
  live: number;
  openAlerts: number;
}

/** So many rows of each kind are looked at, the latest first. */
export const PULSE_ROWS = 20_000;

/**
 * What has happened since a number of minutes ago, from the beginning of that minute on; each kind by its index, and of none
 * more than PULSE_ROWS.
 */
export function selectPulse(tx: Transaction, minutes: number, cap: number): Promise<PulseRows> {
  // in the order of the indexes: a bitmap would hold everybody before it counts the first
  tx.script('set local enable_seqscan = off; set local enable_bitmapscan = off').catch(() => {});
  return selectDocument<PulseRows>(tx)`
    with since as materialized (
      select date_trunc('minute', now() - make_interval(mins => ${minutes}::int)) as at),
    logins as (
      select extract(epoch from date_trunc('minute', s.created_at))::int as at, s.user_id, s.ip, count(*)::int as n
        from (select s.created_at, s.user_id, s.ip from tomo.sessions s
               where s.created_at >= (select at from since) order by s.created_at desc limit ${PULSE_ROWS}::bigint) s
       group by 1, 2, 3),
    ended as (
      select extract(epoch from date_trunc('minute', s.ended_at))::int as at, count(*)::int as n
        from (select s.ended_at from tomo.sessions s
               where s.ended_at >= (select at from since) and s.end_reason in ('logout', 'evicted')
               order by s.ended_at desc limit ${PULSE_ROWS}::bigint) s
       group by 1),
    revocations as (
      select extract(epoch from date_trunc('minute', r.at))::int as at, count(*)::int as n,
             coalesce(sum(r.sessions), 0)::int as sessions
        from (select r.at, r.sessions from tomo.revocations r order by r.id desc limit ${PULSE_ROWS}::bigint) r
       where r.at >= (select at from since) group by 1),
    alerts as (
      select extract(epoch from date_trunc('minute', a.created_at))::int as at, count(*)::int as n
        from (select a.created_at from tomo.alerts a
               where a.created_at >= (select at from since) order by a.created_at desc limit ${PULSE_ROWS}::bigint) a
       group by 1)
    select json_build_object(
      'now', now(),
      'logins', (select coalesce(json_agg(json_build_object('at', l.at, 'username', u.username, 'ip', host(l.ip),
                   'n', l.n)), '[]') from logins l join tomo.users u on u.id = l.user_id),
      'ended', (select coalesce(json_agg(e), '[]') from ended e),
      'revocations', (select coalesce(json_agg(r), '[]') from revocations r),
      'alerts', (select coalesce(json_agg(a), '[]') from alerts a),
      'live', (select count(*)::int from (select from ${LIVENESS} where s.live limit ${cap}::bigint) x),
      'openAlerts', (select count(*)::int from (
        select from tomo.alerts where acknowledged_at is null limit ${cap}::bigint) x))::text as json`;
}
