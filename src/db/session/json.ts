import { type Sql, sql } from '../port/sql.ts';

export const STATE = sql`tomo.state(s, u, c, t, now())`;
export const LIVE = sql`tomo.live(s, u, c, t, now())`;

/** What tomo.live() and tomo.state() need beside the session `s`. */
export const LIVE_JOINS = sql`
  join tomo.users u on u.id = s.user_id
  left join tomo.user_controls c on c.user_id = s.user_id
  cross join tomo.settings t`;

export const SESSION_JOINS = sql`${LIVE_JOINS}
  left join tomo.user_agents a on a.id = s.user_agent_id
  left join tomo.devices d on d.id = s.device_id`;

/** What a floor has killed would seem to expire in the future; what is revoked and not marked yet does not expire. */
const EXPIRES = sql`case ${STATE} when 'active' then tomo.expires_at(s, t)
  when 'expired' then least(tomo.expires_at(s, t), now()) end`;

/**
 * A session as the JSON of the domain type Session, built by the database: one mapping for rows, exports and both
 * engines. A row, since row_to_json writes no spaces. Needs the aliases of SESSION_JOINS. `live`: it is known to be.
 */
export const SESSION_JSON = ({ live = false, more = sql`` }: { live?: boolean; more?: Sql } = {}) => sql`(
  select row_to_json(x) from (select
  s.id as "id", u.username as "username", s.user_id as "userId", ${live ? sql`'active'` : STATE} as "state",
  nullif(concat_ws(' on ', a.browser, a.os), '') as "device", a.browser as "browser", a.os as "os",
  a.form_factor as "formFactor", a.raw as "userAgent", s.device_id as "deviceId", d.label as "deviceLabel",
  d.screen as "screen", d.time_zone as "timeZone",
  host(s.ip) as "ip", s.login_method as "loginMethod", s.remember_me as "rememberMe",
  s.created_at as "createdAt", s.last_activity_at as "lastActivityAt",
  case when s.ended_at is null then ${live ? sql`tomo.expires_at(s, t)` : EXPIRES} end as "expiresAt",
  s.ended_at as "endedAt", s.end_reason as "endReason", s.ended_by as "endedBy", s.revocation_id as "revocationId",
  s.country as "country", s.region as "region", s.city as "city", s.isp as "isp",
  s.latitude as "latitude", s.longitude as "longitude", s.location_check as "locationCheck"${more}) x)`;
