import type { Transaction } from '../../db/port/database.ts';
import type { SessionFilter } from '../../model/session.ts';
import { requireUsers } from '../user/users.ts';
import { requireSession } from './id.ts';

/** The filter with what it names looked up. Throws NOT_FOUND for an unknown user or session, AMBIGUOUS_ID. */
export async function resolveFilter(tx: Transaction, filter: SessionFilter): Promise<SessionFilter> {
  if (filter.users) await requireUsers(tx, filter.users);
  return filter.relatedTo === undefined
    ? filter
    : { ...filter, relatedTo: (await requireSession(tx, filter.relatedTo)).id };
}
