import type { AuditEntry, StoredActor } from '../../model/audit.ts';
import type { AuditChoices, ResolvedAuditFilter } from '../audit/trail.ts';
import { linesBackwards, linesForwards } from './lines.ts';
import { type FileRow, isObject, parseLine } from './row.ts';

/**
 * What was done, newest first. A change has two rows, one before it and one that tells what became of it: they are one
 * entry, that of the first. Where there is no second row its outcome stays "begun".
 */
export function* readEntries(handle: number, end: number): Generator<AuditEntry> {
  const outcomes = new Map<number, FileRow>();
  for (const line of linesBackwards(handle, end)) {
    const row = parseLine(line);
    if (!row) continue;
    const begun = begunBy(row);
    if (begun !== undefined) {
      outcomes.set(begun, row);
      continue;
    }
    const { id, at, by, actor, action, reason, detail, hash } = row;
    const { begun: _, ...became } = outcomes.get(id)?.detail ?? {};
    outcomes.delete(id);
    yield { id, at, by, actor, action, reason, detail: { ...detail, ...became }, hash };
  }
}

/** Rows as they stand, oldest first; of a change that is selected both. */
export function* selectRows(handle: number, end: number, filter: ResolvedAuditFilter): Generator<FileRow> {
  const selected = new Set<number>();
  for (const line of linesForwards(handle, end)) {
    const row = parseLine(line);
    if (!row) continue;
    const begun = begunBy(row);
    if (begun === undefined ? !matches(row, filter) : !selected.delete(begun)) continue;
    if (row.detail.outcome === 'begun') selected.add(row.id);
    yield row;
  }
}

function begunBy({ id, detail: { begun } }: FileRow): number | undefined {
  return typeof begun === 'number' && begun < id ? begun : undefined;
}

export function matches(entry: AuditEntry, { since, until, not, ...chosen }: ResolvedAuditFilter): boolean {
  const at = Date.parse(entry.at);
  return (
    (since === undefined || at >= Date.parse(since)) &&
    (until === undefined || at < Date.parse(until)) &&
    choices(entry, chosen).every(Boolean) &&
    !choices(entry, not ?? {}).some(Boolean)
  );
}

/** What of the choices there are holds. */
function choices(entry: AuditEntry, { actions, actor, user }: AuditChoices): boolean[] {
  return [
    ...(actions ? [actions.includes(entry.action)] : []),
    ...(actor === undefined ? [] : [actorText(entry.actor).includes(actor.toLowerCase())]),
    ...(user ? [isAbout(entry, user.username)] : []),
  ];
}

function actorText({ user, osUser, host, dbRole }: StoredActor): string {
  const account = [osUser, host].filter((part) => part !== undefined).join('@');
  return [user, account, dbRole]
    .filter((part) => part !== undefined)
    .join(' ')
    .toLowerCase();
}

/** That it was done to a user, by name or id, or was chosen by that name. */
function isAbout({ detail }: AuditEntry, name: string): boolean {
  const chosen = isObject(detail.filter) && Array.isArray(detail.filter.users) ? detail.filter.users : [];
  return [detail.username, detail.user, ...chosen].some((one) => String(one).toLowerCase() === name.toLowerCase());
}
