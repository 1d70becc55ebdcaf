import type { Transaction } from '../port/database.ts';
import type { PulseQuestion, PulseRows } from '../port/pulse.ts';
import { selectDocument } from '../port/sql.ts';
import { LIVENESS } from '../session/json.ts';

/**
 * What has happened since a number of minutes ago, from the beginning of that minute on; each kind by its index.
 */
export function selectPulse(tx: Transaction, { minutes, cap, most }: PulseQuestion): Promise<PulseRows> {
  // in the order of the indexes: a bitmap would hold everybody before it counts the first
  tx.script('set local enable_seqscan = off; set local enable_bitmapscan = off').catch(() => {});
  return selectDocument<PulseRows>(tx)`
    with since as materialized (
      select date_trunc('minute', now() - make_interval(mins => ${minutes}::int)) as at),
    logins as (
      select extract(epoch from date_trunc('minute', s.created_at))::int as at, s.user_id, s.ip, count(*)::int as n
        from (select s.created_at, s.user_id, s.ip from tomo.sessions s
               where s.created_at >= (select at from since) order by s.created_at desc limit ${most}::bigint) s
       group by 1, 2, 3),
    ended as (
      select extract(epoch from date_trunc('minute', s.ended_at))::int as at, count(*)::int as n
        from (select s.ended_at from tomo.sessions s
               where s.ended_at >= (select at from since) and s.end_reason in ('logout', 'evicted')
               order by s.ended_at desc limit ${most}::bigint) s
       group by 1),
    revocations as (
      select extract(epoch from date_trunc('minute', r.at))::int as at, count(*)::int as n,
             coalesce(sum(r.sessions), 0)::int as sessions
        from (select r.at, r.sessions from tomo.revocations r order by r.id desc limit ${most}::bigint) r
       where r.at >= (select at from since) group by 1),
    alerts as (
      select extract(epoch from date_trunc('minute', a.created_at))::int as at, count(*)::int as n
        from (select a.created_at from tomo.alerts a
               where a.created_at >= (select at from since) order by a.created_at desc limit ${most}::bigint) a
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
