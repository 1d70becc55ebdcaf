import {
  AUDIT_ROWS,
  namesUser,
  type ResolvedAuditFilter,
  selectRecordedActions,
  streamAuditRows,
} from '../../db/audit/audit.ts';
import { type Database, read, type Transaction } from '../../db/port/database.ts';
import { selectUsers } from '../../db/user/users.ts';
import { AUDIT_ACTIONS, type AuditFilter } from '../../model/audit.ts';
import { TomoError } from '../../model/errors.ts';
import { BY_NUMBER } from '../list/cursor.ts';
import { handOver, makeList } from '../list/list.ts';
import { didYouMean } from '../text/did-you-mean.ts';
import { requireUsers } from '../user/users.ts';

/** The audit, newest first. Throws INVALID_INPUT for an action that nothing has. */
export const AUDIT = makeList({ rows: AUDIT_ROWS, orders: BY_NUMBER, keys: ({ id }) => [id], resolve });

/** The rows with what it takes to check them, oldest first, as JSON text, from one snapshot. */
export function streamAuditChain(
  db: Database,
  filter: AuditFilter,
  write: (json: string) => Promise<void> | undefined,
): Promise<void> {
  return read(db, async (tx) => handOver(streamAuditRows(tx, await resolve(tx, filter)), write), {
    statementTimeout: 0,
  });
}

async function resolve(tx: Transaction, { user: name, ...filter }: AuditFilter): Promise<ResolvedAuditFilter> {
  await checkActions(tx, filter.actions ?? []);
  if (name === undefined) return filter;
  const [user] = await selectUsers(tx, [name]);
  if (user) return { ...filter, user };
  // the audit outlives the user
  if (!(await namesUser(tx, name))) await requireUsers(tx, [name]);
  return { ...filter, user: { id: null, username: name } };
}

async function checkActions(tx: Transaction, actions: readonly string[]): Promise<void> {
  const unknown = actions.filter((action) => !AUDIT_ACTIONS.some((known) => known === action));
  if (unknown.length === 0) return;
  const recorded = await selectRecordedActions(tx, unknown);
  const wrong = unknown.find((action) => !recorded.includes(action));
  if (wrong === undefined) return;
  throw new TomoError('INVALID_INPUT', `there is no action "${wrong}".`, {
    field: 'action',
    hint: [didYouMean(wrong, AUDIT_ACTIONS), `Actions: ${AUDIT_ACTIONS.join(', ')}`].filter(Boolean).join('\n'),
  });
}
