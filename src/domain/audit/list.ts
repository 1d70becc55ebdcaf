import {
  countAudit,
  namesUser,
  type ResolvedAuditFilter,
  selectAudit,
  selectRecordedActions,
  streamAudit,
  streamAuditRows,
} from '../../db/audit/audit.ts';
import { type Database, read, type Transaction } from '../../db/port/database.ts';
import { selectUsers } from '../../db/user/users.ts';
import { AUDIT_ACTIONS, type AuditEntry, type AuditFilter } from '../../model/audit.ts';
import { TomoError } from '../../model/errors.ts';
import { numberCursor } from '../list/cursor.ts';
import { COUNT_CAP, handOver, type ListPage } from '../list/page.ts';
import { didYouMean } from '../text/did-you-mean.ts';
import { requireUsers } from '../user/users.ts';

/** One page, newest first. Throws NOT_FOUND for a user that neither is nor was, INVALID_INPUT for an action that nothing has. */
export function listAudit(
  db: Database,
  filter: AuditFilter,
  options: { limit: number; after: string | undefined; withTotal: boolean },
): Promise<ListPage<AuditEntry>> {
  return read(db, async (tx) => {
    const resolved = await resolve(tx, filter);
    const found = await selectAudit(tx, resolved, numberCursor(options.after), options.limit + 1);
    const rows = found.slice(0, options.limit);
    const more = found.length > options.limit;
    return {
      rows,
      nextCursor: more ? String(rows.at(-1)?.id) : null,
      total: more && options.withTotal ? await countAudit(tx, resolved, COUNT_CAP + 1) : null,
    };
  });
}

type Write = (json: string) => Promise<void> | undefined;

/** All of them as JSON text, newest first, handed to `write` one by one from one snapshot. */
export function streamAuditEntries(
  db: Database,
  filter: AuditFilter,
  after: string | undefined,
  write: Write,
): Promise<void> {
  return stream(db, filter, write, (tx, resolved) => streamAudit(tx, resolved, numberCursor(after)));
}

/** The rows with what it takes to check them, oldest first. */
export function exportAudit(db: Database, filter: AuditFilter, write: Write): Promise<void> {
  return stream(db, filter, write, streamAuditRows);
}

export function countAuditEntries(db: Database, filter: AuditFilter): Promise<number> {
  return read(db, async (tx) => countAudit(tx, await resolve(tx, filter), null));
}

function stream(
  db: Database,
  filter: AuditFilter,
  write: Write,
  rows: (tx: Transaction, resolved: ResolvedAuditFilter) => AsyncIterable<string>,
): Promise<void> {
  return read(db, async (tx) => handOver(rows(tx, await resolve(tx, filter)), write), { statementTimeout: 0 });
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
