import type { KeptOutBy, RestoreForecast, StaysDead } from '../../domain/revocation/restore.ts';
import type { Revocation } from '../../model/revocation.ts';
import { grouped, plural } from '../number.ts';
import { printable } from '../printable.ts';
import { filterSaid } from '../session/filter-words.ts';
import { clock } from '../time.ts';

/** Whose sessions: "everybody", "alice", "12 sessions: --ip 203.0.113.0/24". `say`: how a filter is put. */
export function scopeWords({ scope, username, sessions, filter }: Revocation, say = filterSaid): string {
  switch (scope) {
    case 'all':
      return 'everybody';
    case 'user':
      return username === null ? 'a deleted user' : printable(username);
    case 'sessions': {
      const chosen = plural(sessions ?? 0, 'session');
      if (filter === null || 'ids' in filter || 'silent' in filter) return `${chosen} by id`;
      return 'tokens' in filter ? `${chosen} by token` : `${chosen}: ${say(filter)}`;
    }
    default:
      return scope satisfies never;
  }
}

/** "until tomorrow 14:03": whether it can be undone, in a column. */
export function stateWords({ state, restorableUntil, restoredBy }: Revocation, now: Date): string {
  if (state === 'restorable') return `until ${restorableUntil ? clock(restorableUntil, now) : '?'}`;
  if (state === 'restored') return `restored by ${printable(restoredBy ?? 'somebody')}`;
  return state.replaceAll('-', ' ');
}

/** tomo.revoke_all() counts no further. */
export const COUNTED = 10_000;

/** "12 sessions", or more than were counted. */
export function endedWords({ sessions, filter }: Pick<Revocation, 'sessions'> & Partial<Pick<Revocation, 'filter'>>) {
  if (filter && 'silent' in filter) return 'sessions that nobody counted';
  return sessions === null ? `more than ${grouped(COUNTED)} sessions` : plural(sessions, 'session');
}

/** Why sessions stay dead, a line for each reason, with numbers. */
export function deadWords({ dead, newer }: Pick<RestoreForecast, 'dead' | 'newer'>): [count: number, why: string][] {
  const lines: [number, string][] = [
    [dead.idle, 'expired: idle for too long'],
    [dead.lifetime, 'expired: older than the absolute lifetime'],
    [dead['user-inactive'], 'of a user who is not active'],
    [dead.revoked, newer.length > 0 ? `also revoked by ${newerWords(newer)}` : 'ended otherwise since'],
    [dead.deleted, 'deleted since, by a cleanup or with their user'],
  ];
  return lines.filter(([count]) => count > 0);
}

const NAMED = 5;

function newerWords(newer: readonly KeptOutBy[]): string {
  const named = newer
    .slice(0, NAMED)
    .map(({ revocation, restorable }) =>
      restorable ? `${revocation} (tomo session restore ${revocation})` : `${revocation}`,
    );
  const more = newer.length > NAMED ? [`${newer.length - NAMED} more`] : [];
  return `revocation ${[...named, ...more].join(', ')}`;
}

/** The same for one session. */
export function whyDead({ reason, revocations }: StaysDead): string {
  return {
    idle: 'expired (idle)',
    lifetime: 'expired (lifetime)',
    'user-inactive': 'user is not active',
    revoked: revocations.length > 0 ? `revocation ${revocations.join(', ')}` : 'ended otherwise since',
  }[reason];
}
