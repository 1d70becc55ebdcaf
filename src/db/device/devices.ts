import type { Device, DeviceFilter } from '../../model/device.ts';
import type { Actor } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { Params, type Statement } from '../port/sql.ts';
import { LIVE, LIVE_JOINS } from '../session/json.ts';

/** A place in a list of devices. */
export interface DeviceCursor {
  at: string;
  id: string;
}

interface JsonRow {
  json: string;
}

/** A device `d` of the user `u` with the user agent `a` and the count `l` as the JSON of the domain type Device. */
const DEVICE_JSON = `(select row_to_json(x) from (select d.id as "id", u.username as "username", d.user_id as "userId",
  nullif(concat_ws(' on ', a.browser, a.os), '') as "device", a.browser as "browser", a.os as "os", a.form_factor as "formFactor",
  a.raw as "userAgent", d.screen as "screen", d.time_zone as "timeZone", d.label as "label", d.trusted as "trusted",
  d.first_seen_at as "firstSeenAt", d.last_seen_at as "lastSeenAt", coalesce(l.n, 0)::int as "liveSessions") x)`;

/** `chosen` selects rows of devices. `few`: the live sessions of their users are looked up; else all are counted in one pass. */
function deviceStatement(chosen: string, order: string, few: boolean, params: Params): Statement {
  const theirs = few ? 's.user_id in (select user_id from page)' : 'true';
  return {
    sql: `
      with page as materialized (${chosen})
      select ${DEVICE_JSON}::text as json
        from page d join tomo.users u on u.id = d.user_id left join tomo.user_agents a on a.id = d.user_agent_id
        left join (select s.device_id, count(*) as n from tomo.sessions s ${LIVE_JOINS}
                    where s.ended_at is null and ${theirs} and coalesce(${LIVE}, false) group by s.device_id) l on l.device_id = d.id
       ${order}`,
    params: params.values,
  };
}

function conditions(filter: DeviceFilter, userIds: string[] | null, params: Params): string[] {
  return [
    'true',
    ...(userIds ? [`d.user_id = any(${params.add(userIds)}::uuid[])`] : []),
    ...(filter.trusted === undefined ? [] : [`d.trusted = ${params.add(filter.trusted)}::boolean`]),
    ...(filter.newSince ? [`d.first_seen_at >= ${params.add(filter.newSince)}::timestamptz`] : []),
  ];
}

function pageStatement(
  filter: DeviceFilter,
  userIds: string[] | null,
  after: DeviceCursor | null,
  limit: number | null,
): Statement {
  const params = new Params();
  const where = conditions(filter, userIds, params);
  if (after)
    where.push(`(d.last_seen_at, d.id) < (${params.add(after.at)}::timestamptz, ${params.add(after.id)}::uuid)`);
  const order = 'order by d.last_seen_at desc, d.id desc';
  const top = limit === null ? '' : `${order} limit ${params.add(limit)}`;
  const chosen = `select d.* from tomo.devices d where ${where.join(' and ')} ${top}`;
  return deviceStatement(chosen, order, limit !== null || userIds !== null, params);
}

/** One page, latest seen first. `userIds` null: of everybody. */
export async function selectDevices(
  tx: Transaction,
  filter: DeviceFilter,
  userIds: string[] | null,
  page: { after: DeviceCursor | null; limit: number },
): Promise<Device[]> {
  return devicesOf(tx, pageStatement(filter, userIds, page.after, page.limit));
}

/** Every device the filter selects, as the JSON text of each, streamed. */
export function streamDevices(
  tx: Transaction,
  filter: DeviceFilter,
  userIds: string[] | null,
  after: DeviceCursor | null,
): AsyncIterable<string> {
  const { sql, params } = pageStatement(filter, userIds, after, null);
  return tx.lines(sql, params);
}

/** How many devices the filter selects; counting stops at `cap` (null: it does not). */
export async function countDevices(
  tx: Transaction,
  filter: DeviceFilter,
  userIds: string[] | null,
  cap: number | null,
): Promise<number> {
  const params = new Params();
  const where = conditions(filter, userIds, params).join(' and ');
  const [row] = await tx.query<{ n: number }>(
    `select count(*)::int as n from (select from tomo.devices d where ${where} limit ${params.add(cap)}::bigint) x`,
    params.values,
  );
  return row?.n ?? 0;
}

/** Devices whose id lies in a range of ids, at most `limit`. */
export async function selectDevicesByIdRange(
  tx: Transaction,
  { from, to }: { from: string; to: string },
  limit: number,
): Promise<Device[]> {
  const params = new Params();
  const range = `d.id between ${params.add(from)}::uuid and ${params.add(to)}::uuid`;
  return devicesOf(
    tx,
    deviceStatement(
      `select d.* from tomo.devices d where ${range} order by d.id limit ${params.add(limit)}`,
      'order by d.id',
      true,
      params,
    ),
  );
}

/** Those of these ids that exist, in any order. */
export async function selectDevicesById(tx: Transaction, ids: string[]): Promise<Device[]> {
  const params = new Params();
  return devicesOf(
    tx,
    deviceStatement(`select d.* from tomo.devices d where d.id = any(${params.add(ids)}::uuid[])`, '', true, params),
  );
}

async function devicesOf(tx: Transaction, { sql, params }: Statement): Promise<Device[]> {
  return (await tx.query<JsonRow>(sql, params)).map((row) => JSON.parse(row.json) as Device);
}

/** Returns the ids of those that were not so before. Writes the audit. */
export function trustDevices(tx: Transaction, ids: string[], trusted: boolean, actor: Actor): Promise<string[]> {
  return idsFrom(tx, 'tomo.trust_devices($1::uuid[], $2::boolean, $3::jsonb)', [ids, trusted, JSON.stringify(actor)]);
}

/** Returns the ids of those that were there. Writes the audit. */
export function forgetDevices(tx: Transaction, ids: string[], actor: Actor): Promise<string[]> {
  return idsFrom(tx, 'tomo.forget_devices($1::uuid[], $2::jsonb)', [ids, JSON.stringify(actor)]);
}

async function idsFrom(tx: Transaction, call: string, params: unknown[]): Promise<string[]> {
  const [row] = await tx.query<JsonRow>(`select to_json(${call})::text as json`, params);
  return JSON.parse(row?.json ?? '[]') as string[];
}

/** Whether the label is another one now. Writes the audit. */
export async function labelDevice(tx: Transaction, id: string, label: string | null, actor: Actor): Promise<boolean> {
  const [row] = await tx.query<{ changed: boolean | null }>(
    'select tomo.label_device($1::uuid, $2, $3::jsonb) as changed',
    [id, label, JSON.stringify(actor)],
  );
  return row?.changed === true;
}

/** The names of the users of these devices who have no other one. */
export async function selectUsersWithOnly(tx: Transaction, ids: string[]): Promise<string[]> {
  const rows = await tx.query<{ username: string }>(
    `select u.username from tomo.users u
      where u.id in (select d.user_id from tomo.devices d where d.id = any($1::uuid[]))
        and not exists (select from tomo.devices d where d.user_id = u.id and d.id <> all($1::uuid[])) order by u.username`,
    [ids],
  );
  return rows.map((row) => row.username);
}
