import { type Sql, sql } from '../port/sql.ts';

/** Sessions `s` and whether each is live now: for lists of live ones, and for counts. */
export const LIVENESS = sql`tomo.liveness(now()) s`;

/** Sessions `s` and what each has come to: dearer for those that are dead. */
export const VERDICTS = sql`tomo.verdicts(now()) s`;

/** Sessions `s` that are live, for whoever reads them all; nothing of their users. */
export const LIVE_PASS = sql.either(
  sql`tomo.live_pass(now()) s`,
  sql`(select l.* from tomo.liveness(now()) l where l.live) s`,
);

/** Open sessions `s` that are not live and what each has come to, for whoever reads all; nothing of their users. */
export const LAPSED_PASS = sql`tomo.lapsed_pass(now(), true) s`;

/** The same of those alone that a revocation or their user keeps out: whoever is revoked is among them. */
export const SHUT_OUT_PASS = sql`tomo.lapsed_pass(now(), false) s`;

/** What SESSION_JSON needs beside the session. */
export const AGENT_AND_DEVICE = sql`
  left join tomo.user_agents a on a.id = s.user_agent_id
  left join tomo.devices d on d.user_id = s.user_id and d.id = s.device_id`;

const OUTCOME = sql`'expiresAt', case when s.live then s.expires_at end, 'endedAt', s.ended_at,
  'endReason', s.end_reason, 'endedBy', s.ended_by, 'revocationId', s.revocation_id`;

const STILL_LIVE = sql`'expiresAt', tomo.runs_out(s.last_activity_at, s.created_at, s.timeout, s.lifetime),
  'endedAt', null, 'endReason', null, 'endedBy', null, 'revocationId', null`;

/**
 * A session as the JSON of the domain type Session, built by the database: one mapping for rows, exports and both
 * engines. Needs AGENT_AND_DEVICE, and a session `s` of VERDICTS; of LIVENESS where it is known to be `live`.
 */
export const SESSION_JSON = ({
  live = false,
  more = sql``,
}: {
  live?: boolean;
  more?: Sql;
} = {}) => sql`json_build_object(
  'id', s.id, 'username', s.username, 'userId', s.user_id, 'state', ${live ? sql`'active'` : sql`s.state`},
  'device', nullif(concat_ws(' on ', a.browser, a.os), ''), 'browser', a.browser, 'os', a.os,
  'formFactor', a.form_factor, 'userAgent', a.raw, 'deviceId', s.device_id, 'deviceLabel', d.label,
  'screen', d.screen, 'timeZone', d.time_zone,
  'ip', host(s.ip), 'loginMethod', s.login_method, 'rememberMe', s.remember_me,
  'createdAt', s.created_at, 'lastActivityAt', s.last_activity_at, ${live ? STILL_LIVE : OUTCOME},
  'country', s.country, 'region', s.region, 'city', s.city, 'isp', s.isp,
  'latitude', s.latitude, 'longitude', s.longitude, 'locationCheck', s.location_check${more})`;
