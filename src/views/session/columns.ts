import { type Session, stateWords } from '../../model/session.ts';
import { type Column, type ListView, timeColumn as time } from '../columns.ts';

export const SESSION_COLUMNS = {
  id: { title: 'ID', value: (s) => s.id },
  user: { title: 'USER', value: (s) => s.username, show: userWords, shrink: 5, outside: true },
  device: { title: 'DEVICE', value: deviceWords, shrink: 10, outside: true },
  ip: { title: 'IP ADDRESS', value: (s) => s.ip, address: true, shrink: 12 },
  login: time('LOGIN', (s) => s.createdAt),
  activity: time('ACTIVE', (s) => s.lastActivityAt),
  expires: time('EXPIRES', (s) => s.expiresAt),
  state: { title: 'STATE', value: (s) => s.state, show: (s) => stateWords(s.state) },
  ended: time('ENDED', (s) => s.endedAt),
  reason: { title: 'REASON', value: (s) => s.endReason },
  by: { title: 'ENDED BY', value: (s) => s.endedBy, shrink: 8, outside: true },
  revocation: { title: 'REVOCATION', value: (s) => s.revocationId },
  method: { title: 'METHOD', value: (s) => s.loginMethod, shrink: 6, outside: true },
  remember: { title: 'REMEMBER', value: (s) => s.rememberMe, show: rememberWords },
  place: { title: 'PLACE', value: (s) => placeWords(s), shrink: 8, outside: true },
  country: { title: 'COUNTRY', value: (s) => s.country, outside: true },
  region: { title: 'REGION', value: (s) => s.region, shrink: 6, outside: true },
  city: { title: 'CITY', value: (s) => s.city, shrink: 6, outside: true },
  isp: { title: 'ISP', value: (s) => s.isp, shrink: 6, outside: true },
  browser: { title: 'BROWSER', value: (s) => s.browser, shrink: 6, outside: true },
  os: { title: 'OS', value: (s) => s.os, shrink: 5, outside: true },
  form: { title: 'FORM', value: (s) => s.formFactor },
  relation: { title: 'RELATION', value: relationWords, shrink: 12 },
  'user-agent': { title: 'USER AGENT', value: (s) => s.userAgent, shrink: 12, outside: true },
} satisfies Record<string, Column<Session>>;

/** What `unknownFields` calls a column that a server may not keep. */
const FIELDS: Partial<Record<SessionColumnName, string>> = {
  user: 'username',
  device: 'device',
  ip: 'ip',
  login: 'createdAt',
  activity: 'lastActivityAt',
  expires: 'expiresAt',
  by: 'endedBy',
  revocation: 'revocationId',
  method: 'loginMethod',
  remember: 'rememberMe',
  place: 'country',
  country: 'country',
  region: 'region',
  city: 'city',
  isp: 'isp',
  browser: 'browser',
  os: 'os',
  form: 'formFactor',
  'user-agent': 'userAgent',
};

export type SessionColumnName = keyof typeof SESSION_COLUMNS;

/** The specification's six fields and the id. */
const names: SessionColumnName[] = ['id', 'user', 'device', 'ip', 'login', 'activity', 'expires'];
const more: SessionColumnName[] = ['method', 'remember', 'place', 'isp'];

export const SESSION_LIST: ListView<Session, SessionColumnName, 'sessions'> = {
  key: 'sessions',
  columns: SESSION_COLUMNS,
  names,
  wide: [...names, 'state', ...more],
  expendable: ['expires', 'ended', 'login', 'ip', 'device'],
  orders: {
    activity: { column: 'activity', rising: false },
    idle: { column: 'activity', rising: true },
    login: { column: 'login', rising: false },
  },
  dim: (s) => s.state !== 'active',
  isUnknown: (s, name) => s.unknownFields?.includes(FIELDS[name] ?? '') ?? false,
};

/** When the list is not only of live sessions, what became of them says more than when they would expire. */
export const SESSION_STATE_LIST: typeof SESSION_LIST = {
  ...SESSION_LIST,
  names: ['id', 'user', 'device', 'ip', 'login', 'state', 'ended'],
  wide: [...names, 'state', 'ended', 'reason', 'by', 'revocation', ...more],
};

/** With --related-to: what each shares with that session says more than when it would expire. */
export function withRelation({ names, wide = names, ...view }: typeof SESSION_LIST): typeof SESSION_LIST {
  return { ...view, names: [...names.slice(0, -1), 'relation'], wide: [...wide, 'relation'] };
}

/**
 * The same view, in which the operator's own session is told from the others. `current`: its id, once that is known.
 */
export function markCurrent(view: typeof SESSION_LIST, current: () => string | undefined): typeof SESSION_LIST {
  const mark = ' (current)';
  const user: Column<Session> = {
    ...SESSION_COLUMNS.user,
    show: (s) => (s.id === current() ? `${s.username}${mark}` : userWords(s)),
    // cut, it would mark nothing
    get shrink() {
      return SESSION_COLUMNS.user.shrink + (current() === undefined ? 0 : mark.length);
    },
  };
  return { ...view, columns: { ...view.columns, user } };
}

/**
 * Browser and system in words; where they are unknown, the beginning of what the client called itself. Null where the
 * server keeps neither.
 */
export function deviceWords({ deviceLabel, device, userAgent, unknownFields }: Session): string | null {
  if (unknownFields?.includes('device')) return null;
  return deviceLabel ?? device ?? userAgent?.slice(0, 60) ?? 'unknown';
}

/** Empty where the server does not keep whose a session is. */
function userWords({ username, unknownFields }: Session): string {
  return username ?? (unknownFields?.includes('username') ? '' : 'nobody');
}

function rememberWords({ rememberMe }: Session): string {
  return rememberMe === null ? '' : rememberMe ? 'yes' : 'no';
}

/** "same address, device"; null without the filter --related-to. */
function relationWords({ relation }: Session): string | null {
  if (!relation) return null;
  return relation.includes('self') ? 'this session' : `same ${relation.join(', ')}`;
}

/** "Berlin, DE", with `full` also the region where it says more; or null. */
export function placeWords(place: Pick<Session, 'country' | 'region' | 'city'>, full = false): string | null {
  const region = full && place.region !== place.city ? place.region : null;
  return [place.city, region, place.country].filter(Boolean).join(', ') || null;
}

/** "52.52, 13.405", or null. */
export function coordinates({ latitude, longitude }: Pick<Session, 'latitude' | 'longitude'>): string | null {
  return latitude === null || longitude === null ? null : `${latitude}, ${longitude}`;
}
