import { namesUser } from '../../db/audit/audit.ts';
import type { AuditTrail, ResolvedAuditFilter } from '../../db/audit/trail.ts';
import type { Database } from '../../db/port/database.ts';
import { selectUsers } from '../../db/user/users.ts';
import { AUDIT_ACTIONS, type AuditEntry, type AuditFilter } from '../../model/audit.ts';
import { TomoError } from '../../model/errors.ts';
import { BY_NUMBER } from '../list/cursor.ts';
import { handOver, makeListFrom } from '../list/list.ts';
import { didYouMean } from '../text/did-you-mean.ts';
import { requireUsers } from '../user/users.ts';
import { type AuditSource, readAudit } from './trail.ts';

/** The audit, newest first. Throws INVALID_INPUT for an action that nothing has. */
export const AUDIT = makeListFrom(readAudit, {
  rows: {
    page: ({ trail }: AuditSource, filter: ResolvedAuditFilter, ...of) => trail.page(filter, ...of),
    stream: ({ trail }, filter, place) => trail.stream(filter, place),
    count: ({ trail }, filter, last) => trail.count(filter, last),
    byColumn: ({ trail }, filter, ...of) => trail.byColumn(filter, ...of),
  },
  orders: BY_NUMBER,
  keys: ({ id }: AuditEntry) => [id],
  resolve,
});

/** One row of the audit. Throws NOT_FOUND. */
export function showAuditRow(db: Database, id: number): Promise<AuditEntry> {
  return readAudit(db, async ({ trail }) => {
    const { rows } = await trail.page({}, { after: [String(id + 1)] }, 1, { last: true });
    const [entry] = rows;
    if (entry?.id === id) return entry;
    throw new TomoError('NOT_FOUND', `There is no row ${id} in the audit.`, { reason: 'no-such-audit-row' });
  });
}

/** The rows with what it takes to check them, oldest first, as JSON text, from one snapshot. */
export function streamAuditChain(
  db: Database,
  filter: AuditFilter,
  write: (json: string) => Promise<void> | undefined,
): Promise<void> {
  const work = async (source: AuditSource) => handOver(source.trail.rows(await resolve(source, filter)), write);
  return readAudit(db, work, { statementTimeout: 0 });
}

async function resolve(source: AuditSource, { not, ...filter }: AuditFilter): Promise<ResolvedAuditFilter> {
  const chosen = await named(source, filter);
  return not ? { ...chosen, not: await named(source, not) } : chosen;
}

async function named(
  { trail, tx }: AuditSource,
  { user: name, ...filter }: Omit<AuditFilter, 'not'>,
): Promise<ResolvedAuditFilter> {
  await checkActions(trail, filter.actions ?? []);
  if (name === undefined) return filter;
  const [user] = tx ? await selectUsers(tx, [name]) : [];
  if (user) return { ...filter, user };
  // the audit outlives the user
  if (tx && !(await namesUser(tx, name))) await requireUsers(tx, [name]);
  return { ...filter, user: { id: null, username: name } };
}

async function checkActions(trail: AuditTrail, actions: readonly string[]): Promise<void> {
  const unknown = actions.filter((action) => !AUDIT_ACTIONS.some((known) => known === action));
  if (unknown.length === 0) return;
  const recorded = await trail.recordedActions(unknown);
  const wrong = unknown.find((action) => !recorded.includes(action));
  if (wrong === undefined) return;
  throw new TomoError('INVALID_INPUT', `there is no action "${wrong}".`, {
    field: 'action',
    hint: [didYouMean(wrong, AUDIT_ACTIONS), `Actions: ${AUDIT_ACTIONS.join(', ')}`].filter(Boolean).join('\n'),
  });
}
