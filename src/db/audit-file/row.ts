import { isDeepStrictEqual } from 'node:util';
import type { AuditRow, StoredActor } from '../../model/audit.ts';
import { auditHash } from '../audit/hash.ts';

/** A row of the file; a line has all that it takes to check it. */
export type FileRow = AuditRow & { covered: string };

/** What a row says. */
export interface Entry {
  action: string;
  actor: StoredActor;
  reason: string | null;
  detail: Record<string, unknown>;
}

/** The row before another one, as far as that continues it. */
export interface Before {
  id: number;
  hash: string;
}

/** What the first row of all continues. */
export const BEGINNING: Before = { id: 0, hash: '00' };

/** The row after another one. `at`: milliseconds since 1970. */
export function makeRow(before: Before, at: number, { action, actor, reason, detail }: Entry): FileRow {
  const id = before.id + 1;
  const covered = JSON.stringify([id, at * 1000, actor, action, reason, detail]);
  const hash = auditHash(before.hash, covered);
  return {
    id,
    at: timestamp(at * 1000),
    by: actorName(actor),
    actor,
    action,
    reason,
    detail,
    hash,
    prev: before.hash,
    covered,
  };
}

/** In ASCII, so that the file itself is safe to look at and no byte of it is half a character. */
export function toLine(row: FileRow): string {
  const json = JSON.stringify(row).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${json}\n`;
}

/** Undefined for a line that is no row. */
export function parseLine(line: string): FileRow | undefined {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isRow(row) ? row : undefined;
}

function isRow(row: unknown): row is FileRow {
  if (!isObject(row)) return false;
  const { id, reason } = row;
  return (
    Number.isSafeInteger(id) &&
    Number(id) > 0 &&
    (reason === null || typeof reason === 'string') &&
    isObject(row.actor) &&
    isObject(row.detail) &&
    ['at', 'by', 'action', 'covered'].every((key) => typeof row[key] === 'string') &&
    ['prev', 'hash'].every((key) => typeof row[key] === 'string' && /^(00|[0-9a-f]{64})$/.test(String(row[key])))
  );
}

/** Whether a row says what its hash covers. */
export function saysWhatItCovers(row: FileRow): boolean {
  try {
    const [id, at, ...rest] = JSON.parse(row.covered) as [number, number, ...unknown[]];
    const { action, actor, reason, detail } = row;
    return (
      id === row.id &&
      timestamp(at) === row.at &&
      row.by === actorName(actor) &&
      isDeepStrictEqual(rest, [actor, action, reason, detail])
    );
  } catch {
    return false;
  }
}

/** Microseconds as PostgreSQL writes a time in JSON. */
function timestamp(microseconds: number): string {
  const seconds = Math.floor(microseconds / 1_000_000);
  const fraction = String(microseconds - seconds * 1_000_000)
    .padStart(6, '0')
    .replace(/0+$/, '');
  const whole = new Date(seconds * 1000).toISOString().slice(0, -5);
  return `${whole}${fraction && `.${fraction}`}+00:00`;
}

/** As tomo.actor_name() has it. */
function actorName({ user, osUser, host, dbRole }: StoredActor): string {
  if (user !== undefined) return `${user.slice(0, 240)} (claimed)`;
  if (osUser !== undefined) return `${osUser}@${host ?? '?'}`.slice(0, 255);
  return dbRole ?? 'nobody';
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
