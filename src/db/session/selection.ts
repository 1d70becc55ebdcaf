import type { NegatedFilter, SessionFilter, Timestamp } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { selectDocument, sql } from '../port/sql.ts';
import { type DeviceMatch, devicesStatement, matchesNothing } from './devices.ts';
import { type Related, selectRelated } from './relations.ts';

/** Above this many users a country is too common to be looked up by its users. */
const FEW_USERS = 1000;

/** Live sessions up to this number are gathered by the index of a filter and then sorted. */
export const GATHER = 10_000;

/** A filter made ready for SQL: what it names is looked up. Valid within the transaction that made it. */
export interface Selection {
  filter: SessionFilter;
  userIds: string[] | null;
  device: DeviceMatch | null;
  related: Related | null;
  /** A dimension has no match, so nothing has. */
  empty: boolean;
  /** Open sessions of those users, counted to GATHER + 1; null: no users are named. */
  ofUsers: number | null;
  /** What `not` of the filter selects. */
  not: Selection | null;
}

/**
 * Looks up the small dimensions first: an empty one answers at once, where a scan would look at every session. Asks
 * nothing where none is named.
 */
export async function prepareSelection(tx: Transaction, filter: SessionFilter): Promise<Selection> {
  const [{ users, ofUsers, device, countryUsers }, related, not] = await Promise.all([
    lookUp(tx, filter),
    lookUpRelated(tx, filter),
    filter.not ? prepareNegation(tx, filter.not) : null,
  ]);
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
    ofUsers,
    not,
  };
}

/** Each part stands alone there: nothing narrows another, nor is the whole empty where one has no match. */
async function prepareNegation(tx: Transaction, parts: NegatedFilter): Promise<Selection> {
  const filter: SessionFilter = { ...parts, state: 'all' };
  const [{ users, device }, related = null] = await Promise.all([
    lookUp(tx, { ...filter, countries: undefined }),
    lookUpRelated(tx, filter),
  ]);
  return { filter, userIds: users, device, related, empty: false, ofUsers: null, not: null };
}

/** Null: none is named; undefined: there is no such session. */
async function lookUpRelated(tx: Transaction, { relatedTo, relations }: SessionFilter) {
  return relatedTo === undefined ? null : selectRelated(tx, relatedTo, relations);
}

type Dimensions = Pick<Selection, 'device' | 'ofUsers'> & { users: string[] | null; countryUsers: string[] | null };

async function lookUp(tx: Transaction, { users, devices, countries }: SessionFilter): Promise<Dimensions> {
  if (!users && !devices && !countries) return { users: null, ofUsers: null, device: null, countryUsers: null };
  const ids = sql`array(select u.id from tomo.users u
    where lower(u.username) = any(array(select lower(name) from unnest(${users}::text[]) name)))`;
  const open = sql`select count(*)::int from (
    select from tomo.sessions s where s.ended_at is null and s.user_id = any(${ids}) limit ${GATHER + 1}::bigint) x`;
  return selectDocument<Dimensions>(tx)`select json_build_object(
    'users', ${users ? ids : sql`null`}, 'ofUsers', ${users ? sql`(${open})` : sql`null`},
    'device', ${devices ? devicesStatement(devices) : sql`null`},
    'countryUsers', ${
      countries
        ? sql`array(select distinct user_id from tomo.user_places
            where country = any(${countries}::text[]) limit ${FEW_USERS + 1}::bigint)`
        : sql`null`
    })::text as json`;
}

function earlier(a: Timestamp | undefined, b: Timestamp | undefined): Timestamp | undefined {
  return a && b ? (Date.parse(a) < Date.parse(b) ? a : b) : (a ?? b);
}
