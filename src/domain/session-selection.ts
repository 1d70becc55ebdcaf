import type { Transaction } from '../db/database.ts';
import { requireSession } from './session-id.ts';
import type { SessionFilter } from './types.ts';
import { requireUsers } from './users.ts';

/** The filter with what it names looked up. Throws NOT_FOUND for an unknown user or session, AMBIGUOUS_ID. */
export async function resolveFilter(tx: Transaction, filter: SessionFilter): Promise<SessionFilter> {
  if (filter.users) await requireUsers(tx, filter.users);
  return filter.relatedTo === undefined
    ? filter
    : { ...filter, relatedTo: (await requireSession(tx, filter.relatedTo)).id };
}
