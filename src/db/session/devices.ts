import { given, type Sql, sql } from '../port/sql.ts';

/** What the sessions that a device filter selects have one of. */
export interface DeviceMatch {
  userAgentIds: number[];
  deviceIds: string[];
  /** Whose those devices are. */
  deviceUserIds: string[];
  /** Nothing is known of the client. */
  unknown: boolean;
}

const KEYED = /^(form|agent):/i;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The user agents and devices that the texts of a filter mean, as a DeviceMatch. Each word has to be there, compared
 * from where it begins, and with the user agent only where no browser is known: Chrome, too, calls itself Safari.
 */
export function devicesStatement(texts: string[]): Sql {
  const words = texts.filter((text) => !KEYED.test(text));
  const behind = (key: string) =>
    texts.filter((text) => text.toLowerCase().startsWith(key)).map((text) => text.slice(key.length).toLowerCase());
  const hasWords = (text: Sql, parts: string[]) => sql`not exists (
    select from unnest(${parts}::text[]) part where strpos(lower(' ' || ${text}), lower(' ' || part)) = 0)`;
  const has = (text: Sql) => sql.or([sql`false`, ...words.map((word) => hasWords(text, word.split(/\s+/)))]);
  return sql`(
    with chosen as materialized (
      select d.id, d.user_id from tomo.devices d where d.label is not null and ${has(sql`d.label`)}
      union select d.id, d.user_id from tomo.devices d where d.id = any(${words.filter((w) => UUID.test(w))}::uuid[]))
    select json_build_object(
      'userAgentIds', array(select a.id from tomo.user_agents a
        where ${has(sql`concat_ws(' ', concat_ws(' on ', a.browser, a.os), case when a.browser is null then a.raw end)`)}
           or a.form_factor = any(${behind('form:')}::text[])
           or exists (select from unnest(${behind('agent:')}::text[]) part where strpos(lower(a.raw), part) > 0)),
      'deviceIds', array(select id from chosen), 'deviceUserIds', array(select distinct user_id from chosen),
      'unknown', ${words.some((word) => word.toLowerCase() === 'unknown')}::boolean))`;
}

export function matchesNothing({ userAgentIds, deviceIds, unknown }: DeviceMatch): boolean {
  return userAgentIds.length === 0 && deviceIds.length === 0 && !unknown;
}

/** That a session `s` has one of these; at least one part, see matchesNothing. */
export function deviceCondition({ userAgentIds, deviceIds, deviceUserIds, unknown }: DeviceMatch): Sql {
  const parts = given([
    userAgentIds.length > 0 && sql`s.user_agent_id = any(${userAgentIds}::int[])`,
    deviceIds.length > 0 && sql`s.user_id = any(${deviceUserIds}::uuid[]) and s.device_id = any(${deviceIds}::uuid[])`,
    unknown && sql`s.user_agent_id is null`,
  ]);
  return parts.length > 0 ? sql.or(parts) : sql`false`;
}
