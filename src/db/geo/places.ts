import type { Actor, LocationCheck, Place } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { execute, selectDocument, selectRow, selectRows, sql } from '../port/sql.ts';

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

/** The session that the next ones come after, oldest login first. */
export type Behind = Pick<Unlocated, 'createdAt' | 'id'>;

/** Before every session. */
export const FIRST: Behind = { createdAt: '-infinity', id: '00000000-0000-0000-0000-000000000000' };

/** The next sessions without a place, oldest login first, locked; those that somebody else holds are left out. */
export function lockUnlocated(tx: Transaction, again: boolean, after: Behind, limit: number): Promise<Unlocated[]> {
  return selectRows<Unlocated>(tx)`select id::text, ip, created_at::text as "createdAt" from tomo.lock_unlocated(
      ${again}::boolean, ${after.createdAt}::timestamptz, ${after.id}::uuid, ${limit}::integer)`;
}

/**
 * The same without a lock, and whether there is nothing to look up: a place is there, or the network is private or
 * trusted.
 */
export function selectUnlocated(tx: Transaction, again: boolean, after: Behind, limit: number) {
  return selectRows<Unlocated & { placed: boolean; skipped: boolean }>(
    tx,
  )`select s.id::text, host(p.ip) as ip, s.created_at::text as "createdAt",
            s.country is not null or s.latitude is not null as placed,
            coalesce(tomo.is_private(p.ip) or p.ip <<= any(t.trusted_networks::inet[]), false) as skipped
       from tomo.sessions s cross join tomo.settings t cross join lateral (select tomo.plain_address(s.ip) as ip) p
      where ${again ? sql`coalesce(s.location_check, 'unknown') = 'unknown'` : sql`s.location_check is null`}
        and (s.created_at, s.id) > (${after.createdAt}::timestamptz, ${after.id}::uuid)
      order by s.created_at, s.id limit ${limit}::integer`;
}

/** Stores the places of locked sessions, judges them and raises the alerts. */
export function locateSessions(tx: Transaction, places: ({ id: string } & Place)[]): Promise<Placed> {
  return selectRow<Placed>(tx)`
    select changed, placed, skipped, new_country as "newCountry", impossible_travel as "impossibleTravel", alerts
       from tomo.locate_sessions(${JSON.stringify(places)}::jsonb)`;
}

/** One audit row for a run. */
export async function recordPlaces(tx: Transaction, actor: Actor, detail: unknown): Promise<void> {
  await execute(tx)`select tomo.record_places(${JSON.stringify(actor)}::jsonb, ${JSON.stringify(detail)}::jsonb)`;
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
export function selectPlaceCounts(tx: Transaction, limit: number): Promise<PlaceCounts> {
  const check = (result: LocationCheck) => sql`count(*) filter (where location_check = ${result})`;
  return selectDocument<PlaceCounts>(tx)`select json_build_object(
       'pending', (select count(*) from (
         select from tomo.sessions where location_check is null limit ${limit}::bigint + 1) x),
       'counted', count(*), 'placed', count(*) filter (where placed),
       'unknown', ${check('unknown')}, 'skipped', ${check('skipped')},
       'newCountry', ${check('new-country')}, 'impossibleTravel', ${check('impossible-travel')},
       'locationAlerts', (select location_alerts from tomo.settings),
       'trustedNetworks', (select trusted_networks from tomo.settings))::text as json
     from (select location_check, country is not null or latitude is not null as placed
             from tomo.sessions order by created_at desc limit ${limit}::bigint) x`;
}

/** An address in its usual form, and whether it is looked up at all. */
export interface AddressFacts {
  ip: string;
  private: boolean;
  trusted: boolean;
}

/** `ip` must be an IP address. */
export function describeAddress(tx: Transaction, ip: string): Promise<AddressFacts> {
  return selectRow<AddressFacts>(tx)`
    select host(p.ip) as ip, tomo.is_private(p.ip) as private, p.ip <<= any(t.trusted_networks::inet[]) as trusted
       from tomo.settings t cross join lateral (select tomo.plain_address(${ip}::inet) as ip) p`;
}
