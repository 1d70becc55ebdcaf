import type { Device, DeviceFilter } from '../../model/device.ts';
import type { Actor } from '../../model/session.ts';
import { booleanKey, type Key, type Keys, numberKey, rowsByColumn, textKey, timeKey } from '../list/by-column.ts';
import { type NewestFirst, type Rows, rowsBy } from '../list/rows.ts';
import type { Transaction } from '../port/database.ts';
import { type Sql, selectDocument, selectJson, selectValue, selectValues, sql } from '../port/sql.ts';
import { LIVE_PASS, LIVENESS } from '../session/json.ts';

/** A filter whose users are known by id. */
export type ResolvedDeviceFilter = Omit<DeviceFilter, 'users' | 'not'> & {
  userIds?: string[] | undefined;
  notUserIds?: string[] | undefined;
};

/** Devices, latest seen first, page by page and all of them. */
const LATEST_SEEN = rowsBy<ResolvedDeviceFilter, Device, NewestFirst>(
  (filter, { after }, limit) => {
    const where = sql.and(
      conditions(filter),
      after && sql`(d.last_seen_at, d.id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`,
    );
    const order = sql`order by d.last_seen_at desc, d.id desc`;
    const page = limit === null ? sql`` : sql`${order} limit ${limit}::bigint`;
    const few = limit !== null || filter.userIds !== undefined;
    return deviceStatement(sql`select d.* from tomo.devices d where ${where} ${page}`, order, few);
  },
  (filter) => sql`from tomo.devices d where ${conditions(filter)}`,
);

const AGENT = sql`left join tomo.user_agents a on a.id = d.user_agent_id`;
const WORDS = sql`nullif(concat_ws(' on ', a.browser, a.os), '')`;

/** What a device `d` is sorted by: as lists show it. */
const KEYS: Keys = {
  id: textKey(sql`d.id::text`),
  user: textKey(sql`u.username`, sql`join tomo.users u on u.id = d.user_id`),
  device: textKey(sql`coalesce(${WORDS}, left(a.raw, 60), 'unknown')`, AGENT),
  label: textKey(sql`d.label`),
  trusted: booleanKey(sql`d.trusted`),
  screen: textKey(sql`d.screen`),
  zone: textKey(sql`d.time_zone`),
  first: timeKey(sql`d.first_seen_at`),
  seen: timeKey(sql`d.last_seen_at`),
  form: textKey(sql`a.form_factor`, AGENT),
  'user-agent': textKey(sql`a.raw`, AGENT),
};

/** By the live sessions on it: those of everybody, unless users are named. */
function bySessions({ userIds }: ResolvedDeviceFilter): Key {
  const live = userIds ? sql`${LIVENESS} where s.live and s.user_id = any(${userIds}::uuid[])` : LIVE_PASS;
  const counts = sql`select s.device_id, count(*) as n from ${live} group by s.device_id`;
  return numberKey(sql`coalesce(l.n, 0)`, sql`left join (${counts}) l on l.device_id = d.id`);
}

/** The same, and in order of any column. */
export const DEVICE_ROWS: Rows<ResolvedDeviceFilter, Device, NewestFirst> = {
  ...LATEST_SEEN,
  byColumn: rowsByColumn({
    keyOf: (column, filter) => (column === 'sessions' ? bySessions(filter) : KEYS[column]),
    tie: [{ column: sql`d.id`, type: 'uuid' }],
    from: () => sql`tomo.devices d`,
    where: conditions,
    read: selectDevicesById,
    tieOf: ({ id }) => id,
  }),
};

/** `chosen` selects devices. `few`: the live sessions of their users are looked up; else all are counted at once. */
function deviceStatement(chosen: Sql, order: Sql, few: boolean): Sql {
  const theirs = few ? sql`s.user_id in (select user_id from page)` : sql`true`;
  return sql`
    with page as materialized (${chosen})
    select (select row_to_json(x) from (select
      d.id as "id", u.username as "username", d.user_id as "userId",
      nullif(concat_ws(' on ', a.browser, a.os), '') as "device", a.browser as "browser", a.os as "os",
      a.form_factor as "formFactor", a.raw as "userAgent", d.screen as "screen", d.time_zone as "timeZone",
      d.label as "label", d.trusted as "trusted", d.first_seen_at as "firstSeenAt", d.last_seen_at as "lastSeenAt",
      coalesce(l.n, 0)::int as "liveSessions") x)::text as json
      from page d join tomo.users u on u.id = d.user_id left join tomo.user_agents a on a.id = d.user_agent_id
      left join (select s.device_id, count(*) as n from ${LIVENESS} where s.live and ${theirs} group by s.device_id) l
             on l.device_id = d.id
     ${order}`;
}

function conditions({ userIds, notUserIds, trusted, newSince }: ResolvedDeviceFilter): Sql {
  return sql.and(
    notUserIds && sql`d.user_id <> all(${notUserIds}::uuid[])`,
    userIds && sql`d.user_id = any(${userIds}::uuid[])`,
    trusted !== undefined && sql`d.trusted = ${trusted}::boolean`,
    newSince && sql`d.first_seen_at >= ${newSince}::timestamptz`,
  );
}

/** Devices whose id lies in a range of ids, at most `limit`. */
export function selectDevicesByIdRange(
  tx: Transaction,
  { from, to, userIds }: { from: string; to: string; userIds?: string[] | undefined },
  limit: number,
): Promise<Device[]> {
  const range = sql`select d.* from tomo.devices d where d.id between ${from}::uuid and ${to}::uuid
      and ${conditions({ userIds })}
    order by d.id limit ${limit}::bigint`;
  return selectJson<Device>(tx)`${deviceStatement(range, sql`order by d.id`, true)}`;
}

/** Those of these ids that exist, in any order. */
export function selectDevicesById(tx: Transaction, ids: string[]): Promise<Device[]> {
  return selectJson<Device>(tx)`
    ${deviceStatement(sql`select d.* from tomo.devices d where d.id = any(${ids}::uuid[])`, sql``, true)}`;
}

/** Returns the ids of those that were not so before. Writes the audit. */
export function trustDevices(tx: Transaction, ids: string[], trusted: boolean, actor: Actor): Promise<string[]> {
  return idsFrom(tx, sql`tomo.trust_devices(${ids}::uuid[], ${trusted}::boolean, ${JSON.stringify(actor)}::jsonb)`);
}

/** Returns the ids of those that were there. Writes the audit. */
export function forgetDevices(tx: Transaction, ids: string[], actor: Actor): Promise<string[]> {
  return idsFrom(tx, sql`tomo.forget_devices(${ids}::uuid[], ${JSON.stringify(actor)}::jsonb)`);
}

function idsFrom(tx: Transaction, call: Sql): Promise<string[]> {
  return selectDocument<string[]>(tx)`select coalesce(to_json(${call}), '[]')::text as json`;
}

/** Whether the label is another one now. Writes the audit. */
export function labelDevice(tx: Transaction, id: string, label: string | null, actor: Actor): Promise<boolean> {
  return selectValue<boolean>(tx)`
    select coalesce(tomo.label_device(${id}::uuid, ${label}, ${JSON.stringify(actor)}::jsonb), false)`;
}

/** The names of the users of these devices who have no other one. */
export function selectUsersWithOnly(tx: Transaction, ids: string[]): Promise<string[]> {
  return selectValues<string>(tx)`select u.username from tomo.users u
      where u.id in (select d.user_id from tomo.devices d where d.id = any(${ids}::uuid[]))
        and not exists (select from tomo.devices d where d.user_id = u.id and d.id <> all(${ids}::uuid[]))
      order by u.username`;
}
