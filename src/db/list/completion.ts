import type { Transaction } from '../port/database.ts';
import { type Sql, selectRows, sql } from '../port/sql.ts';

/** A value that can be typed, and what it is. */
export interface Candidate {
  value: string;
  about: string;
}

export type CandidateKind = 'user' | 'session' | 'device' | 'alert' | 'revocation';

const QUERIES: Record<CandidateKind, (start: string, users: readonly string[]) => Sql> = {
  user: (start) => sql`
    select username as value, role || case when is_active then '' else ', inactive' end as about
      from tomo.users where starts_with(lower(username), lower(${start}::text)) order by lower(username)`,
  session: (start, users) => sql`
    select left(s.id::text, 8) as value, concat_ws(', ', u.username, host(s.ip)) as about
      from tomo.live_sessions s join tomo.users u on u.id = s.user_id
     where ${sql.and(
       start !== '' && sql`s.id between ${paddedId(start, '0')} and ${paddedId(start, 'f')}`,
       users.length > 0 &&
         sql`s.user_id = any(array(select x.id from tomo.users x
           where lower(x.username) = any(array(select lower(name) from unnest(${users}::text[]) name))))`,
     )}
     order by s.created_at desc`,
  device: (start) => sql`
    select left(d.id::text, 8) as value,
           concat_ws(', ', u.username, d.label, nullif(concat_ws(' on ', a.browser, a.os), '')) as about
      from tomo.devices d join tomo.users u on u.id = d.user_id left join tomo.user_agents a on a.id = d.user_agent_id
     where starts_with(d.id::text, ${start}::text) order by d.last_seen_at desc`,
  alert: (start) => sql`
    select a.id::text as value, concat_ws(', ', replace(a.kind, '_', ' '), u.username) as about
      from tomo.alerts a join tomo.users u on u.id = a.user_id
     where a.acknowledged_at is null and starts_with(a.id::text, ${start}::text) order by a.id desc`,
  revocation: (start) => sql`
    select r.id::text as value, concat_ws(', ', case r.scope when 'all' then 'everybody'
           when 'user' then (select username from tomo.users u where u.id = r.user_id)
           else r.sessions || ' sessions' end, r.reason) as about
      from tomo.revocations r where r.restored_at is null and starts_with(r.id::text, ${start}::text)
     order by r.id desc`,
};

function paddedId(start: string, digit: '0' | 'f'): Sql {
  return sql`${start.replaceAll('-', '').padEnd(32, digit)}::uuid`;
}

/** What begins like this, at most `limit`. */
export function selectCandidates(
  tx: Transaction,
  kind: CandidateKind,
  { start, users }: { start: string; users: readonly string[] },
  limit: number,
) {
  return selectRows<Candidate>(tx)`${QUERIES[kind](start, users)} limit ${limit}::bigint`;
}
