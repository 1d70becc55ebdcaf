import type { Transaction } from '../port/database.ts';

/** A value that can be typed, and what it is. */
export interface Candidate {
  value: string;
  about: string;
}

export type CandidateKind = 'user' | 'session' | 'device' | 'alert' | 'revocation';

const QUERIES: Record<CandidateKind, string> = {
  user: `select username as value, role || case when is_active then '' else ', inactive' end as about
           from tomo.users where starts_with(lower(username), lower($1)) order by lower(username) limit $2`,
  session: `select left(s.id::text, 8) as value, concat_ws(', ', u.username, host(s.ip)) as about
              from tomo.live_sessions s join tomo.users u on u.id = s.user_id
             where ($1 = '' or s.id between rpad(replace($1, '-', ''), 32, '0')::uuid and rpad(replace($1, '-', ''), 32, 'f')::uuid)
             order by s.created_at desc limit $2`,
  device: `select left(d.id::text, 8) as value, concat_ws(', ', u.username, d.label, nullif(concat_ws(' on ', a.browser, a.os), '')) as about
             from tomo.devices d join tomo.users u on u.id = d.user_id left join tomo.user_agents a on a.id = d.user_agent_id
            where starts_with(d.id::text, $1) order by d.last_seen_at desc limit $2`,
  alert: `select a.id::text as value, concat_ws(', ', replace(a.kind, '_', ' '), u.username) as about
            from tomo.alerts a join tomo.users u on u.id = a.user_id
           where a.acknowledged_at is null and starts_with(a.id::text, $1) order by a.id desc limit $2`,
  revocation: `select r.id::text as value, concat_ws(', ', case r.scope when 'all' then 'everybody' when 'user' then
                 (select username from tomo.users u where u.id = r.user_id) else r.targets || ' sessions' end, r.reason) as about
                 from tomo.revocations r where r.restored_at is null and starts_with(r.id::text, $1) order by r.id desc limit $2`,
};

/** What begins like this, at most `limit`. */
export function selectCandidates(
  tx: Transaction,
  kind: CandidateKind,
  start: string,
  limit: number,
): Promise<Candidate[]> {
  return tx.query<Candidate>(QUERIES[kind], [start, limit]);
}
