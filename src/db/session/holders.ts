import type { EndReason, SessionState } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { selectRows } from '../port/sql.ts';
import { VERDICTS } from './json.ts';

/** Whose a session is and whether it is live: what a token is compared with. */
export interface SessionHolder {
  id: string;
  userId: string;
  username: string;
  role: 'admin' | 'user' | 'readonly';
  userActive: boolean;
  state: SessionState;
  endReason: EndReason | null;
}

/** The sessions with these ids that exist, in any order. */
export function selectSessionHolders(tx: Transaction, ids: string[]): Promise<SessionHolder[]> {
  return selectRows<SessionHolder>(tx)`
    select s.id, s.user_id as "userId", s.username, s.role, s.user_active as "userActive", s.state,
            s.end_reason as "endReason"
       from ${VERDICTS} where s.id = any(${ids}::uuid[])`;
}
