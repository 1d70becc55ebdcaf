import type { Actor, Place } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import type { Cursor } from '../session/page.ts';

/** A session whose address is to be looked up. */
export interface Unlocated {
  id: string;
  /** Without netmask; IPv4 that came over IPv6 as IPv4. */
  ip: string | null;
  createdAt: string;
}

/** What became of one batch. */
export interface Placed {
  changed: number;
  placed: number;
  skipped: number;
  newCountry: number;
  impossibleTravel: number;
  alerts: number;
}

/** Before every session. */
export const FIRST: Cursor = { key: '-infinity', id: '00000000-0000-0000-0000-000000000000' };

/** The next sessions without a place, oldest login first, locked; those that somebody else holds are left out. */
export function lockUnlocated(tx: Transaction, again: boolean, after: Cursor, limit: number): Promise<Unlocated[]> {
  return tx.query<Unlocated>(
    `select id::text, ip, created_at::text as "createdAt" from tomo.lock_unlocated($1::boolean, $2::timestamptz, $3::uuid, $4::integer)`,
    [again, after.key, after.id, limit],
  );
}

/** The same without a lock, and whether there is nothing to look up: a place is there, or the network is private or trusted. */
export function selectUnlocated(
  tx: Transaction,
  again: boolean,
  after: Cursor,
  limit: number,
): Promise<(Unlocated & { placed: boolean; skipped: boolean })[]> {
  return tx.query(
    `select s.id::text, host(p.ip) as ip, s.created_at::text as "createdAt", s.country is not null or s.latitude is not null as placed,
            coalesce(tomo.is_private(p.ip) or p.ip <<= any(t.trusted_networks::inet[]), false) as skipped
       from tomo.sessions s cross join tomo.settings t cross join lateral (select tomo.plain_address(s.ip) as ip) p
      where ${again ? `coalesce(s.location_check, 'unknown') = 'unknown'` : 's.location_check is null'}
        and (s.created_at, s.id) > ($1::timestamptz, $2::uuid)
      order by s.created_at, s.id limit $3::integer`,
    [after.key, after.id, limit],
  );
}

/** Stores the places of locked sessions, judges them and raises the alerts. */
export async function locateSessions(tx: Transaction, places: ({ id: string } & Place)[]): Promise<Placed> {
  const [row] = await tx.query<Placed>(
    `select changed, placed, skipped, new_country as "newCountry", impossible_travel as "impossibleTravel", alerts
       from tomo.locate_sessions($1::jsonb)`,
    [JSON.stringify(places)],
  );
  if (!row) throw new Error('tomo.locate_sessions returned no row');
  return row;
}

/** One audit row for a run. */
export async function recordPlaces(tx: Transaction, actor: Actor, detail: unknown): Promise<void> {
  await tx.query('select tomo.record_places($1::jsonb, $2::jsonb)', [JSON.stringify(actor), JSON.stringify(detail)]);
}

/** How it stands with the places of the sessions. */
export interface PlaceCounts {
  /** Whose address nobody has looked up; counted to one above the limit. */
  pending: number;
  /** Of the latest logins, so many: */
  counted: number;
  placed: number;
  unknown: number;
  skipped: number;
  newCountry: number;
  impossibleTravel: number;
  locationAlerts: boolean;
  trustedNetworks: string[];
}

/** Looks at no more than `limit` sessions, so that it is quick on a table of any size. */
export async function selectPlaceCounts(tx: Transaction, limit: number): Promise<PlaceCounts> {
  const [row] = await tx.query<{ json: PlaceCounts }>(
    `select json_build_object(
       'pending', (select count(*) from (select from tomo.sessions where location_check is null limit $1::integer + 1) x),
       'counted', count(*), 'placed', count(*) filter (where placed), 'unknown', count(*) filter (where location_check = 'unknown'),
       'skipped', count(*) filter (where location_check = 'skipped'), 'newCountry', count(*) filter (where location_check = 'new-country'),
       'impossibleTravel', count(*) filter (where location_check = 'impossible-travel'),
       'locationAlerts', (select location_alerts from tomo.settings),
       'trustedNetworks', (select trusted_networks from tomo.settings)) as json
     from (select location_check, country is not null or latitude is not null as placed
             from tomo.sessions order by created_at desc limit $1::integer) x`,
    [limit],
  );
  if (!row) throw new Error('A count without group by returned no row');
  return row.json;
}

/** An address in its usual form, and whether it is looked up at all. */
export interface AddressFacts {
  ip: string;
  private: boolean;
  trusted: boolean;
}

/** `ip` must be an IP address. */
export async function describeAddress(tx: Transaction, ip: string): Promise<AddressFacts> {
  const [row] = await tx.query<AddressFacts>(
    `select host(p.ip) as ip, tomo.is_private(p.ip) as private, p.ip <<= any(t.trusted_networks::inet[]) as trusted
       from tomo.settings t cross join lateral (select tomo.plain_address($1::inet) as ip) p`,
    [ip],
  );
  if (!row) throw new Error('tomo.settings has no row');
  return row;
}
