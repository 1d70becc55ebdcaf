import type { Session } from '../../domain/types.ts';
import { printable } from '../printable.ts';
import { relativeTime } from '../time.ts';

/** A column of a session list: for people (`show`) and, exact and whole, for programs (`value`). */
export interface SessionColumn {
  title: string;
  value: (session: Session) => string | number | boolean | null;
  show?: (session: Session, now: Date) => string;
  /** The width it may be cut to. */
  shrink?: number;
  /** Comes from outside: a CSV cell of it is guarded against being taken for a formula. */
  outside?: boolean;
}

const time = (title: string, value: (s: Session) => string | null): SessionColumn => ({
  title,
  value,
  show: (s, now) => {
    const at = value(s);
    return at ? relativeTime(at, now) : '-';
  },
});

export const SESSION_COLUMNS = {
  id: { title: 'ID', value: (s) => s.id },
  user: { title: 'USER', value: (s) => s.username, shrink: 5, outside: true },
  device: { title: 'DEVICE', value: (s) => s.device, show: deviceWords, shrink: 10, outside: true },
  ip: { title: 'IP ADDRESS', value: (s) => s.ip, shrink: 12 },
  login: time('LOGIN', (s) => s.createdAt),
  activity: time('ACTIVE', (s) => s.lastActivityAt),
  expires: time('EXPIRES', (s) => s.expiresAt),
  state: { title: 'STATE', value: (s) => s.state },
  // what has run out and is not marked yet ended when it ran out
  ended: time('ENDED', (s) => s.endedAt ?? (s.state === 'expired' ? s.expiresAt : null)),
  reason: { title: 'REASON', value: (s) => s.endReason },
  by: { title: 'ENDED BY', value: (s) => s.endedBy, shrink: 8, outside: true },
  method: { title: 'METHOD', value: (s) => s.loginMethod, shrink: 6, outside: true },
  remember: { title: 'REMEMBER', value: (s) => s.rememberMe, show: (s) => (s.rememberMe ? 'yes' : 'no') },
  place: { title: 'PLACE', value: (s) => placeWords(s), shrink: 8, outside: true },
  country: { title: 'COUNTRY', value: (s) => s.country, outside: true },
  region: { title: 'REGION', value: (s) => s.region, shrink: 6, outside: true },
  city: { title: 'CITY', value: (s) => s.city, shrink: 6, outside: true },
  isp: { title: 'ISP', value: (s) => s.isp, shrink: 6, outside: true },
  browser: { title: 'BROWSER', value: (s) => s.browser, shrink: 6, outside: true },
  os: { title: 'OS', value: (s) => s.os, shrink: 5, outside: true },
  form: { title: 'FORM', value: (s) => s.formFactor },
  'user-agent': { title: 'USER AGENT', value: (s) => s.userAgent, shrink: 12, outside: true },
} satisfies Record<string, SessionColumn>;

export type SessionColumnName = keyof typeof SESSION_COLUMNS;

export const COLUMN_NAMES = Object.keys(SESSION_COLUMNS) as SessionColumnName[];

/** The specification's six fields and the id. */
export const LIST_COLUMNS: SessionColumnName[] = ['id', 'user', 'device', 'ip', 'login', 'activity', 'expires'];
/** When the list is not only of live sessions, what became of them says more than when they would expire. */
export const STATE_COLUMNS: SessionColumnName[] = ['id', 'user', 'device', 'ip', 'login', 'state', 'ended'];
export const WIDE_COLUMNS: SessionColumnName[] = [...LIST_COLUMNS, 'state', 'method', 'remember', 'place', 'isp'];

/** Browser and system in words; where they are unknown, the beginning of what the client called itself. */
export function deviceWords(session: Session): string {
  return session.deviceLabel ?? session.device ?? session.userAgent?.slice(0, 60) ?? 'unknown';
}

/** "Berlin, DE", with `full` also the region where it says more; or null. */
export function placeWords(session: Session, full = false): string | null {
  const region = full && session.region !== session.city ? session.region : null;
  return [session.city, region, session.country].filter(Boolean).join(', ') || null;
}

/** A cell for people. */
export function shownCell(column: SessionColumn, session: Session, now: Date): string {
  const value = column.show ? column.show(session, now) : column.value(session);
  return value === null || value === '' ? '-' : printable(String(value));
}

/** Ids short enough to type and long enough to be unique among these, from 8 digits up. */
export function shortIds(ids: readonly string[]): string[] {
  const digits = ids.map((id) => id.replaceAll('-', ''));
  let length = 8;
  while (length < 32 && new Set(digits.map((d) => d.slice(0, length))).size < new Set(digits).size) length += 1;
  return digits.map((d) => d.slice(0, length));
}
