import type { Timestamp } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { selectDocument } from '../port/sql.ts';
import { VERDICTS } from '../session/json.ts';

/** What is in a database, as far as the demo wants to know. */
export interface DemoState {
  users: number;
  /** All of them, those that are live, and those that carry ended_at. */
  sessions: number;
  live: number;
  ended: number;
  /** Sessions that only time ends: live, or revoked before their time. */
  unexpired: number;
  /** Whether the user with the given id is there: the mark of the demo. */
  marked: boolean;
  /** When the demo was made, as the audit knows; null when it does not. */
  since: Timestamp | null;
}

/** What the audit calls the making of the demo. */
export const DEMO_ACTION = 'demo';

/** `markId`: the id of a user that only the demo has. */
export function selectDemoState(tx: Transaction, markId: string): Promise<DemoState> {
  return selectDocument<DemoState>(tx)`select json_build_object(
       'users', (select count(*) from tomo.users),
       'marked', exists (select from tomo.users where id = ${markId}::uuid),
       'since', (select max(at) from tomo.audit_log where action = ${DEMO_ACTION}::text),
       'sessions', count(s.id),
       'live', count(s.id) filter (where s.live),
       'ended', count(s.id) filter (where not s.live),
       'unexpired', count(s.id) filter (
         where (s.live or s.end_reason = 'revoked') and s.created_at > k.lifetime_cut
           and s.last_activity_at > case when s.remember_me then k.remember_cut else k.idle_cut end))::text as json
     from ${VERDICTS} cross join tomo.cuts(now()) k`;
}

/** Empties everything but the schema: users, sessions and what belongs to them, history, audit, settings. */
export async function emptyDatabase(tx: Transaction): Promise<void> {
  await tx.script(`
    truncate tomo.users, tomo.user_controls, tomo.user_agents, tomo.devices, tomo.user_places, tomo.sessions,
      tomo.session_activity, tomo.alerts, tomo.revocations, tomo.revocation_targets, tomo.audit_log, tomo.audit_head,
      tomo.settings, tomo.past_timeouts restart identity cascade;
    insert into tomo.settings default values;
    insert into tomo.audit_head default values;`);
}
