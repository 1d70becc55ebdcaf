import type { Relation } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import type { Params } from '../port/sql.ts';

/** A session, and what others are compared with. */
export interface Related {
  id: string;
  userId: string;
  ip: string | null;
  network: string | null;
  deviceId: string | null;
  /** In hexadecimal; null when nothing is known about the device. */
  fingerprint: string | null;
  /** Every device with that fingerprint, whosever it is, and the users of these; empty where it is not asked for. */
  deviceIds: string[];
  deviceUserIds: string[];
}

const ALL: readonly Relation[] = ['network', 'fingerprint'];

/** Undefined when there is no such session. `relations` undefined: all of them. */
export async function selectRelated(
  tx: Transaction,
  id: string,
  relations: readonly Relation[] = ALL,
): Promise<Related | undefined> {
  const [row] = await tx.query<{ json: Related }>(
    `select json_build_object('id', s.id, 'userId', s.user_id, 'ip', host(s.ip),
       'network', text(network(set_masklen(s.ip, case family(s.ip) when 4 then 24 else 64 end))), 'deviceId', s.device_id,
       'fingerprint', encode(d.fingerprint, 'hex'), 'deviceIds', coalesce(f.devices, '{}'), 'deviceUserIds', coalesce(f.users, '{}')) as json
       from tomo.sessions s left join tomo.devices d on d.id = s.device_id
       left join lateral (
         select array_agg(x.id) as devices, array_agg(x.user_id) as users from tomo.devices x where x.fingerprint = d.fingerprint and $2::boolean) f on true
      where s.id = $1::uuid`,
    [id, relations.includes('fingerprint')],
  );
  return row?.json;
}

/** That a session `s` shares one of these, or is the one itself. Each part has an index. */
export function relationCondition(related: Related, params: Params, relations: readonly Relation[] = ALL): string {
  const { id, userId, ip, network, deviceId, deviceIds, deviceUserIds } = related;
  const parts: Record<Relation, () => string | null> = {
    address: () => ip && `s.ip <<= ${params.add(ip)}::inet`,
    network: () => network && `s.ip <<= ${params.add(network)}::inet`,
    device: () => deviceId && `s.user_id = ${params.add(userId)}::uuid and s.device_id = ${params.add(deviceId)}::uuid`,
    fingerprint: () =>
      deviceIds.length > 0
        ? `s.user_id = any(${params.add(deviceUserIds)}::uuid[]) and s.device_id = any(${params.add(deviceIds)}::uuid[])`
        : parts.device(),
  };
  const shared = [...new Set(relations)].flatMap((relation) => parts[relation]() ?? []);
  return `(${[`s.id = ${params.add(id)}::uuid`, ...shared].join(' or ')})`;
}

/** What a session `s` with the device `d` shares with the one, as a column of SESSION_JSON. */
export function relationColumn(related: Related, params: Params): string {
  const { id, ip, network, deviceId, fingerprint } = related;
  return `, case when s.id = ${params.add(id)}::uuid then array['self'] else array_remove(array[
    case when host(s.ip) = ${params.add(ip)}::text then 'address' when s.ip <<= ${params.add(network)}::inet then 'network' end,
    case when s.device_id = ${params.add(deviceId)}::uuid then 'device' when d.fingerprint = decode(${params.add(fingerprint)}::text, 'hex') then 'fingerprint' end],
    null) end as "relation"`;
}
