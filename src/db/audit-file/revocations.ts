import type { AuditEntry } from '../../model/audit.ts';
import {
  type Revocation,
  type RevocationScope,
  type RevocationState,
  UNDO_MILLISECONDS,
} from '../../model/revocation.ts';
import { isObject } from './row.ts';

const SCOPES: Record<string, RevocationScope> = { revoke: 'sessions', 'revoke-user': 'user', 'revoke-all': 'all' };

export function isRevocation(action: string): boolean {
  return Object.hasOwn(SCOPES, action);
}

/** The revocations among entries, which come newest first: a restore before what it has restored. */
export function* readRevocations(entries: Iterable<AuditEntry>, now: number): Generator<Revocation> {
  const restores = new Map<unknown, AuditEntry>();
  for (const entry of entries) {
    const { action, detail } = entry;
    if (action === 'restore' && detail.outcome === 'done') restores.set(detail.revocation, entry);
    // one that has changed nothing is none
    if (isRevocation(action) && detail.outcome !== 'unchanged') yield revocationOf(entry, restores.get(entry.id), now);
  }
}

function revocationOf(entry: AuditEntry, restored: AuditEntry | undefined, now: number): Revocation {
  const { id, at, by, actor, reason, detail } = entry;
  const end = Date.parse(at) + UNDO_MILLISECONDS;
  const compromised = detail.compromised === true;
  const state: RevocationState = restored
    ? 'restored'
    : compromised
      ? 'compromised'
      : detail.undo !== true
        ? 'for-good'
        : end <= now
          ? 'too-old'
          : 'restorable';
  return {
    id,
    at,
    scope: SCOPES[entry.action] ?? 'sessions',
    username: textOrNull(detail.username),
    userId: textOrNull(detail.user),
    by,
    actor,
    reason,
    filter: isObject(detail.filter) ? (detail.filter as unknown as Revocation['filter']) : null,
    // how many there were to end, where nobody knows how many did
    sessions: [detail.ended, detail.count].find((count) => typeof count === 'number') ?? null,
    kept: Array.isArray(detail.kept) ? detail.kept.map(String) : [],
    compromised,
    state,
    restorableUntil: state === 'restorable' ? new Date(end).toISOString() : null,
    restoredAt: restored?.at ?? null,
    restoredBy: restored?.by ?? null,
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
