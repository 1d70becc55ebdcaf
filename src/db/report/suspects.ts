import type { AlertKind } from '../../model/alert.ts';
import type { Timestamp } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { selectRows, selectValue, selectValues } from '../port/sql.ts';
import { LIVENESS, VERDICTS } from '../session/json.ts';

/** So many of the latest sessions are enough to see a habit. */
export const LATEST = 20_000;

/** So many of their users are looked at closely: whoever is odd is among them. */
const BUSIEST = 500;

/** The users with the most of the latest sessions, by id: whom to look at where everybody would take too long. */
export async function selectBusiestUsers(tx: Transaction): Promise<string[]> {
  return selectValues<string>(tx)`
    select user_id as id from (select user_id from tomo.sessions order by created_at desc limit ${LATEST}) s
      group by 1 order by count(*) desc, 1 limit ${BUSIEST}`;
}

/** A live session whose login came from where its user was not to be expected. */
export interface UnusualLogin {
  sessionId: string;
  username: string;
  check: 'new-country' | 'impossible-travel';
  country: string | null;
  city: string | null;
  ip: string | null;
  at: Timestamp;
}

/** The most telling first, then the newest. */
export async function selectUnusualLogins(tx: Transaction, userIds: string[] | null, top: number) {
  return selectValues<UnusualLogin>(tx)`
    select json_build_object('sessionId', s.id, 'username', s.username, 'check', s.location_check, 'country',
        s.country, 'city', s.city,
              'ip', host(s.ip), 'at', s.created_at) as json
       from ${LIVENESS}
      where s.live and s.location_check in ('new-country', 'impossible-travel')
          and (${userIds}::uuid[] is null or s.user_id = any(${userIds}))
      order by s.location_check = 'impossible-travel' desc, s.created_at desc, s.id limit ${top}::int`;
}

/** Users that may not log in and yet have open sessions of after they were deactivated. */
export function selectInactiveWithSessions(tx: Transaction, userIds: string[] | null, top: number) {
  return selectRows<{ username: string; sessions: number }>(tx)`select u.username, count(*)::int as sessions
       from tomo.users u join ${VERDICTS} on s.user_id = u.id
      where not u.is_active and s.open and s.end_reason is null
          and (${userIds}::uuid[] is null or u.id = any(${userIds}))
      group by 1 order by 2 desc, 1 limit ${top}::int`;
}

/** Alerts that nobody has acknowledged. */
export interface OpenAlerts {
  alerts: number;
  users: number;
  kinds: Partial<Record<AlertKind, number>>;
  latestAt: Timestamp | null;
}

/** Those that tell of something unusual: a plain message about a login is none. */
export async function selectOpenAlerts(tx: Transaction, userIds: string[] | null): Promise<OpenAlerts> {
  return selectValue<OpenAlerts>(tx)`
    with open as (select * from tomo.alerts where acknowledged_at is null and kind <> 'login'
        and (${userIds}::uuid[] is null or user_id = any(${userIds})))
     select json_build_object('alerts', count(*)::int, 'users', count(distinct user_id)::int, 'latestAt',
         max(created_at),
       'kinds', (select coalesce(json_object_agg(kind, n), '{}') from (select kind, count(*)::int as n from open
           group by 1) x)) as json from open`;
}
