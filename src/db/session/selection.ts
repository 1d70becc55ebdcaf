import type { SessionFilter, Timestamp } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { selectDocument, sql } from '../port/sql.ts';
import { type DeviceMatch, devicesStatement, matchesNothing } from './devices.ts';
import { type Related, selectRelated } from './relations.ts';

/** Above this many users a country is too common to be looked up by its users. */
const FEW_USERS = 1000;

/**
 * A filter made ready for SQL: names resolved to ids, and the bounds that keep an index scan from walking over dead
 * rows. Valid within the transaction that made it.
 */
export interface Selection {
  filter: SessionFilter;
  userIds: string[] | null;
  device: DeviceMatch | null;
  related: Related | null;
  /** A dimension has no match, so nothing has. */
  empty: boolean;
  bounds: Bounds;
  /** The longest timeouts, in minutes, that were ever in force. */
  longest: { session: number; remember: number };
}

interface Bounds {
  idleCut: string;
  rememberCut: string;
  lifetimeCut: string;
  minEpoch: number;
  /** Of the one user that is asked for; 0 where there are more. */
  minUserEpoch: number;
  /** Those that an open session may have and be live; one, unless a revoke-all was undone. */
  epochs: number[];
}

/** Resolves the small dimensions first: an empty one answers at once, where a scan would look at every session. */
export async function prepareSelection(tx: Transaction, filter: SessionFilter): Promise<Selection> {
  const names = filter.users ?? null;
  const codes = filter.countries ?? null;
  type Dimensions = { users: string[] | null; device: DeviceMatch | null; countryUsers: string[] | null };
  type Found = Bounds & Dimensions & Pick<Selection, 'longest'>;
  const { users, device, countryUsers, longest, ...bounds } = await selectDocument<Found>(tx)`select json_build_object(
       'idleCut', k.idle_cut::text, 'rememberCut', k.remember_cut::text, 'lifetimeCut', k.lifetime_cut::text,
       'minEpoch', k.min_epoch, 'epochs', array(select e from tomo.live_epochs() e),
       'minUserEpoch', coalesce((
         select c.min_epoch from tomo.users u join tomo.user_controls c on c.user_id = u.id
          where cardinality(${names}::text[]) = 1 and lower(u.username) = lower((${names}::text[])[1])), 0),
       'longest', (select json_build_object('session', max(p.session_timeout), 'remember', max(p.remember_me_timeout))
         from tomo.timeouts() p),
       'users', case when ${names}::text[] is not null then array(
         select id from tomo.users
          where lower(username) = any(array(select lower(name) from unnest(${names}::text[]) name))) end,
       'device', ${filter.devices ? devicesStatement(filter.devices) : sql`null`},
       'countryUsers', case when ${codes}::text[] is not null then array(
         select distinct user_id from tomo.user_places
          where country = any(${codes}::text[]) limit ${FEW_USERS + 1}::bigint) end)::text as json
     from tomo.cuts(now()) k`;
  const related = filter.relatedTo === undefined ? null : await selectRelated(tx, filter.relatedTo, filter.relations);
  const byCountry = countryUsers && countryUsers.length <= FEW_USERS ? countryUsers : null;
  const named = filter.userId === undefined ? users : [filter.userId];
  const userIds = named && byCountry ? named.filter((id) => byCountry.includes(id)) : (named ?? byCountry);
  return {
    // whoever was live before a moment had logged in before it
    filter: { ...filter, until: earlier(filter.until, filter.liveUntil) },
    userIds,
    device,
    related: related ?? null,
    empty:
      related === undefined ||
      [userIds, countryUsers].some((ids) => ids?.length === 0) ||
      (device !== null && matchesNothing(device)),
    bounds,
    longest,
  };
}

function earlier(a: Timestamp | undefined, b: Timestamp | undefined): Timestamp | undefined {
  return a && b ? (Date.parse(a) < Date.parse(b) ? a : b) : (a ?? b);
}
