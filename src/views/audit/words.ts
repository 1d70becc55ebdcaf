import {
  AUDIT_ACTIONS,
  AUDIT_OUTCOMES,
  type AuditAction,
  type AuditEntry,
  type AuditOutcome,
} from '../../model/audit.ts';
import type { SessionFilter } from '../../model/session.ts';
import { grouped, plural } from '../number.ts';
import { printable, textOf } from '../printable.ts';
import { cleanupWords } from '../session/cleanup.ts';
import { filterSaid } from '../session/filter-words.ts';

const ACTION_WORDS: Record<AuditAction, string> = {
  revoke: 'revoked sessions',
  'revoke-user': 'revoked a user',
  'revoke-all': 'revoked everybody',
  restore: 'restored',
  create: 'opened a session',
  cleanup: 'cleaned up',
  set: 'changed settings',
  'set-user-limit': 'changed a limit',
  acknowledge: 'acknowledged',
  unacknowledge: 'reopened alerts',
  'send-alerts': 'sent alerts',
  'geo-enrich': 'located logins',
  'trust-device': 'trusted a device',
  'untrust-device': 'distrusted a device',
  'forget-device': 'forgot a device',
  'label-device': 'named a device',
  'disown-login': 'disowned a login',
  'delete-early': 'deleted sessions early',
  cut: 'cut the audit',
  begin: 'began the audit',
  demo: 'made the demo',
  'set-aside': 'set a torn row aside',
};

export function actionWords({ action }: AuditEntry): string {
  const known = AUDIT_ACTIONS.find((name) => name === action);
  return known ? ACTION_WORDS[known] : action;
}

/** What exactly, on one line: "12 sessions: --ip 203.0.113.0/24 (revocation 17)", "session_timeout 60 -> 30". */
export function detailWords({ action, detail }: AuditEntry): string {
  // whoever has altered a row may have left anything
  if (!isObject(detail)) return value(detail);
  const { outcome, server, database, context, ...what } = detail;
  const where = context ?? database;
  const words = whatWords(action, what);
  return [where === undefined ? words : `${words} on ${value(where)}`, outcomeWords(outcome)]
    .filter(Boolean)
    .join('; ');
}

const OUTCOME_WORDS: Record<AuditOutcome, string> = {
  done: '',
  partial: 'only a part of it was carried out',
  unchanged: 'not carried out',
  unknown: 'not known whether it was carried out: no answer came',
  begun: 'not known whether it was carried out',
};

function outcomeWords(outcome: unknown): string {
  const known = AUDIT_OUTCOMES.find((name) => name === outcome);
  return known ? OUTCOME_WORDS[known] : outcome === undefined ? '' : value(outcome);
}

function whatWords(action: string, detail: Record<string, unknown>): string {
  const revocation = 'revocation' in detail ? ` (revocation ${printable(textOf(detail.revocation))})` : '';
  switch (action) {
    case 'revoke':
      return `${sessions(detail.count)}${chosen(detail.filter)}${revocation}`;
    case 'revoke-user':
      return `${value(detail.username ?? detail.user)}: ${sessions(detail.count)}${count(detail.kept, ' kept')}${revocation}`;
    case 'revoke-all':
      return `everybody${typeof detail.count === 'number' ? `: ${sessions(detail.count)}` : ''}${count(detail.kept, ' kept')}${revocation}`;
    case 'restore':
      return `revocation ${printable(textOf(detail.revocation))}`;
    case 'create':
      return `${value(detail.username ?? detail.user)}: session ${short(detail.session)}${count(detail.evicted, ' evicted')}`;
    case 'trust-device':
    case 'untrust-device':
    case 'forget-device':
      return devices(detail);
    case 'label-device':
      return `device ${short(detail.device)}: ${value(detail.from ?? 'none')} -> ${value(detail.to ?? 'none')}`;
    case 'cut':
      return `rows up to ${value(detail.row)}`;
    case 'cleanup':
      return cleanupWords(detail) || pairs(detail);
    case 'set':
      return changes(detail.from, detail.to) || `origin: ${value(detail.origin)}`;
    case 'set-user-limit':
      return `${value(detail.username ?? detail.user)}: ${limit(detail.from)} -> ${limit(detail.to)}`;
    default:
      return pairs(detail);
  }
}

function sessions(count: unknown): string {
  return typeof count === 'number' ? plural(count, 'session') : 'sessions';
}

function chosen(filter: unknown): string {
  if (!isObject(filter)) return '';
  if ('ids' in filter)
    return ` by id${typeof filter.claimed === 'number' ? `, ${filter.claimed} of them out already` : ''}`;
  if ('tokens' in filter) return ' by token';
  // what this program has written; whatever else it may be, its text is made printable
  const words = filterSaid(filter as unknown as SessionFilter);
  return words === '' ? '' : `: ${words}`;
}

function count(ids: unknown, what: string): string {
  return Array.isArray(ids) && ids.length > 0 ? `, ${ids.length}${what}` : '';
}

function short(id: unknown): string {
  return printable(textOf(id).slice(0, 8));
}

const NAMED = 3;

function devices({ count, devices }: Record<string, unknown>): string {
  const ids = Array.isArray(devices) ? devices.map((device) => short(isObject(device) ? device.id : device)) : [];
  const more = typeof count === 'number' && count > NAMED ? [`${grouped(count - NAMED)} more`] : [];
  return `${count === 1 ? 'device' : `${value(count)} devices:`} ${[...ids.slice(0, NAMED), ...more].join(', ')}`;
}

function changes(from: unknown, to: unknown): string {
  if (!isObject(from) || !isObject(to)) return '';
  return Object.keys(to)
    .map((key) => `${printable(key)} ${value(from[key])} -> ${value(to[key])}`)
    .join(', ');
}

function limit(sessions: unknown): string {
  return sessions === null || sessions === undefined ? 'the setting' : sessions === 0 ? 'unlimited' : value(sessions);
}

/** What says something: no zeros, no digests. */
function pairs(detail: Record<string, unknown>): string {
  return Object.entries(detail)
    .filter(
      ([key, of]) =>
        of !== 0 && of !== false && of !== null && key !== 'ids' && !(Array.isArray(of) && of.length === 0),
    )
    .map(([key, of]) => `${printable(key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`))}: ${value(of)}`)
    .join(', ');
}

function value(of: unknown): string {
  if (typeof of === 'number') return grouped(of);
  if (Array.isArray(of)) return of.length === 0 ? 'none' : of.map((one) => printable(textOf(one))).join(' ');
  return printable(textOf(of));
}

function isObject(of: unknown): of is Record<string, unknown> {
  return typeof of === 'object' && of !== null && !Array.isArray(of);
}
