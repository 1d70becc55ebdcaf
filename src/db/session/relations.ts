import type { Relation } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { given, type Sql, selectJson, sql } from '../port/sql.ts';

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
  const [related] = await selectJson<Related>(tx)`
    select json_build_object('id', s.id, 'userId', s.user_id, 'ip', host(s.ip),
       'network', text(network(set_masklen(s.ip, case family(s.ip) when 4 then 24 else 64 end))),
       'deviceId', s.device_id, 'fingerprint', encode(d.fingerprint, 'hex'),
       'deviceIds', coalesce(f.devices, '{}'), 'deviceUserIds', coalesce(f.users, '{}'))::text as json
       from tomo.sessions s left join tomo.devices d on d.user_id = s.user_id and d.id = s.device_id
       left join lateral (
         select array_agg(x.id) as devices, array_agg(x.user_id) as users from tomo.devices x
          where x.fingerprint = (select y.fingerprint from tomo.sessions i
            join tomo.devices y on y.user_id = i.user_id and y.id = i.device_id where i.id = ${id}::uuid) and ${relations.includes('fingerprint')}::boolean) f on true
      where s.id = ${id}::uuid`;
  return related;
}

/** That a session `s` shares one of these, or is the one itself. Each part has an index. */
export function relationCondition(related: Related, relations: readonly Relation[] = ALL): Sql {
  const { id, userId, ip, network, deviceId, deviceIds, deviceUserIds } = related;
  const device = deviceId && sql`s.user_id = ${userId}::uuid and s.device_id = ${deviceId}::uuid`;
  const parts = {
    address: ip && sql`s.ip <<= ${ip}::inet`,
    network: network && sql`s.ip <<= ${network}::inet`,
    device,
    fingerprint:
      deviceIds.length > 0
        ? sql`s.user_id = any(${deviceUserIds}::uuid[]) and s.device_id = any(${deviceIds}::uuid[])`
        : device,
  };
  const shared = given([...new Set(relations)].map((relation) => parts[relation]));
  return sql.or([sql`s.id = ${id}::uuid`, ...shared]);
}

/** What a session `s` with the device `d` shares with the one, as a column of SESSION_JSON. */
export function relationColumn({ id, ip, network, deviceId, fingerprint }: Related): Sql {
  return sql`, 'relation', case when s.id = ${id}::uuid then array['self'] else array_remove(array[
    case when host(s.ip) = ${ip}::text then 'address' when s.ip <<= ${network}::inet then 'network' end,
    case when s.device_id = ${deviceId}::uuid then 'device'
         when d.fingerprint = decode(${fingerprint}::text, 'hex') then 'fingerprint' end],
    null) end`;
}
