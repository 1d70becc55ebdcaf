import type { AuditFile } from '../../db/audit-file/file.ts';
import { pageOf } from '../../db/list/row-source.ts';
import type { NewestFirst, Rows } from '../../db/list/rows.ts';
import type { Start } from '../../db/list/start.ts';
import type { Database } from '../../db/port/database.ts';
import { TomoError } from '../../model/errors.ts';
import type { Revocation, RevocationFilter } from '../../model/revocation.ts';
import type { Actor } from '../../model/session.ts';

/** The revocations that the operator's own audit has of a server. */
export const FILE_ROWS: Rows<RevocationFilter, Revocation, NewestFirst, AuditFile> = {
  page: (file, filter, start, limit, along) =>
    pageOf([...select(file, filter, start, limit)], limit, along, (cap) => count(file, filter, cap)),
  async *stream(file, filter, start) {
    for (const revocation of select(file, filter, start, Number.POSITIVE_INFINITY)) yield JSON.stringify(revocation);
  },
  count: async (file, filter) => count(file, filter, Number.POSITIVE_INFINITY),
};

function count(file: AuditFile, filter: RevocationFilter, cap: number): number {
  let found = 0;
  for (const _ of select(file, filter, { after: null }, cap)) found += 1;
  return found;
}

/** Throws INVALID_INPUT where what is on record as revocations is about sessions of the schema `tomo` alone. */
export function checkListed({ sessions: { server }, auditFile }: Database): void {
  if (server.isTomo || auditFile) return;
  throw new TomoError(
    'INVALID_INPUT',
    `Revocations on ${server.title} are in the audit of the schema tomo in this database, and in no list of their own.`,
    { reason: 'revocations-in-audit' },
  );
}

/** Throws NOT_FOUND. */
export function findRevocation(file: AuditFile, id: number): Revocation {
  const [revocation] = select(file, {}, { after: [String(id + 1)] }, 1);
  if (revocation?.id === id) return revocation;
  throw new TomoError('NOT_FOUND', `There is no revocation ${id}.`, { reason: 'no-such-revocation' });
}

/** The latest one that is not restored, by this user of this machine. */
export function lastOf(file: AuditFile, { osUser, host, user }: Actor): Revocation | undefined {
  for (const revocation of file.revocations()) {
    const { actor, restoredAt } = revocation;
    if (restoredAt === null && actor.osUser === osUser && actor.host === host && actor.user === user) return revocation;
  }
  return undefined;
}

function* select(
  file: AuditFile,
  filter: RevocationFilter,
  { after }: Pick<Start<NewestFirst>, 'after'>,
  limit: number,
): Generator<Revocation> {
  const below = after === null ? Number.POSITIVE_INFINITY : Number(after[0]);
  let left = limit;
  if (left <= 0) return;
  for (const revocation of file.revocations()) {
    if (revocation.id >= below || !matches(revocation, filter)) continue;
    yield revocation;
    left -= 1;
    if (left <= 0) return;
  }
}

function matches(
  revocation: Revocation,
  { since, until, restored, restorable, not, ...chosen }: RevocationFilter,
): boolean {
  const at = Date.parse(revocation.at);
  return (
    (since === undefined || at >= Date.parse(since)) &&
    (until === undefined || at < Date.parse(until)) &&
    (restored === undefined || restored === (revocation.restoredAt !== null)) &&
    (restorable !== true || revocation.state === 'restorable') &&
    choices(revocation, chosen).every(Boolean) &&
    !choices(revocation, not ?? {}).some(Boolean)
  );
}

/** What of the choices there are holds. */
function choices(revocation: Revocation, { scopes, user }: NonNullable<RevocationFilter['not']>): boolean[] {
  return [
    ...(scopes ? [scopes.includes(revocation.scope)] : []),
    ...(user === undefined ? [] : [concerns(revocation, user)]),
  ];
}

/** Revoked as such, by name or id, or chosen by that name: whose the sessions were is not kept. */
function concerns({ username, userId, filter }: Revocation, user: string): boolean {
  const chosen = filter !== null && 'state' in filter ? (filter.users ?? []) : [];
  return [username, userId, ...chosen].includes(user);
}
