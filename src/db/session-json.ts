/**
 * A session as the JSON of the domain type Session, built by the database: one mapping for rows, exports and both
 * engines. Needs the aliases of SESSION_JOINS.
 */
export const SESSION_JSON = (state: string) => `json_build_object(
  'id', s.id, 'username', u.username, 'userId', s.user_id, 'state', ${state},
  'device', nullif(concat_ws(' on ', a.browser, a.os), ''), 'browser', a.browser, 'os', a.os, 'formFactor', a.form_factor,
  'userAgent', a.raw, 'deviceId', s.device_id, 'deviceLabel', d.label, 'screen', d.screen, 'timeZone', d.time_zone,
  'ip', host(s.ip), 'loginMethod', s.login_method, 'rememberMe', s.remember_me,
  'createdAt', s.created_at, 'lastActivityAt', s.last_activity_at,
  'expiresAt', case when s.ended_at is null then tomo.expires_at(s, t) end,
  'endedAt', s.ended_at, 'endReason', s.end_reason, 'endedBy', s.ended_by, 'revocationId', s.revocation_id,
  'country', s.country, 'region', s.region, 'city', s.city, 'isp', s.isp, 'latitude', s.latitude, 'longitude', s.longitude)`;

/** What tomo.live() and tomo.state() need beside the session `s`. */
export const LIVE_JOINS = `
  join tomo.users u on u.id = s.user_id
  left join tomo.user_controls c on c.user_id = s.user_id
  cross join tomo.settings t`;

export const SESSION_JOINS = `${LIVE_JOINS}
  left join tomo.user_agents a on a.id = s.user_agent_id
  left join tomo.devices d on d.id = s.device_id`;

export const STATE = 'tomo.state(s, u, c, t, now())';
export const LIVE = 'tomo.live(s, u, c, t, now())';
