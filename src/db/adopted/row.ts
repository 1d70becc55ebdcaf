import type { Session, SessionState } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { decodeDjangoSession } from './django-session.ts';
import type { Mapping } from './mapping.ts';
import { parseUserAgent } from './user-agent.ts';
import { namesOf } from './users.ts';

/** A row as the database hands it over. */
export interface Row {
  id: string;
  user: string | null;
  created: string | null;
  active: string | null;
  expires: string | null;
  ended: string | null;
  by: string | null;
  ip: string | null;
  agent: string | null;
  state: SessionState;
  sort: string | null;
}

/** Users whose names are kept while a list is read. */
const REMEMBERED = 10_000;

/** Fields that the server does not keep. */
function unknownFields(mapping: Mapping): string[] {
  const { created, active, expires, ip, agent, user, ended } = mapping;
  const never = ['deviceId', 'deviceLabel', 'screen', 'timeZone', 'loginMethod', 'rememberMe', 'revocationId'];
  const places = ['country', 'region', 'city', 'isp', 'latitude', 'longitude', 'locationCheck'];
  const device = agent ? [] : ['device', 'browser', 'os', 'formFactor', 'userAgent'];
  return [
    ...(user ? [] : ['username', 'userId']),
    ...(created ? [] : ['createdAt']),
    ...(active ? [] : ['lastActivityAt']),
    ...(expires ? [] : ['expiresAt']),
    ...(ended ? [] : ['endedBy']),
    ...(ip ? [] : ['ip']),
    ...device,
    ...never,
    ...places,
  ];
}

/** Out of the JSON of a statement; who it is of is read out of what Django has signed. */
export function rowOf(json: string): Row {
  const { payload, ...row } = JSON.parse(json) as Row & { payload?: string };
  if (payload === undefined) return row;
  const user = decodeDjangoSession(payload);
  return { ...row, user: user === 'unreadable' ? null : user };
}

/** Rows as sessions. `names`: of users that have been looked up before, to which these are added. */
export async function told(
  tx: Transaction,
  mapping: Mapping,
  rows: readonly Row[],
  names: Map<string, string>,
): Promise<Session[]> {
  const ids = new Set(rows.flatMap(({ user }) => user ?? []));
  if (names.size > REMEMBERED) names.clear();
  const asked = [...ids].filter((id) => !names.has(id));
  const found = await namesOf(tx, mapping, asked);
  for (const id of asked) names.set(id, found.get(id) ?? id);
  const unknown = unknownFields(mapping);
  return rows.map((row) => session(row, names, unknown));
}

function session(row: Row, names: ReadonlyMap<string, string>, unknown: readonly string[]): Session {
  const { browser, os, formFactor } = row.agent
    ? parseUserAgent(row.agent)
    : { browser: null, os: null, formFactor: null };
  const live = row.state === 'active';
  return {
    id: row.id,
    username: row.user === null ? null : (names.get(row.user) ?? row.user),
    userId: row.user,
    state: row.state,
    device: [browser, os].filter(Boolean).join(' on ') || null,
    browser,
    os,
    formFactor,
    userAgent: row.agent,
    deviceId: null,
    deviceLabel: null,
    screen: null,
    timeZone: null,
    ip: row.ip?.replace(/\/(32|128)$/, '') || null,
    loginMethod: null,
    rememberMe: null,
    createdAt: row.created,
    lastActivityAt: row.active,
    expiresAt: live ? row.expires : null,
    endedAt: live ? null : row.state === 'expired' ? row.expires : row.ended,
    endReason: row.state === 'expired' ? 'expired' : row.state === 'revoked' ? 'revoked' : null,
    endedBy: row.by,
    revocationId: null,
    country: null,
    region: null,
    city: null,
    isp: null,
    latitude: null,
    longitude: null,
    locationCheck: null,
    unknownFields: unknown,
    sortKey: row.sort ?? 'null',
  };
}
