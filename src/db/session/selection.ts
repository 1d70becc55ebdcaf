import type { SessionFilter } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { selectDocument, sql } from '../port/sql.ts';
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
  userAgentIds: number[] | null;
  related: Related | null;
  /** A dimension has no match, so nothing has. */
  empty: boolean;
  bounds: Bounds;
}

interface Bounds {
  idleCut: string;
  rememberCut: string;
  lifetimeCut: string;
  minEpoch: number;
  /** Of a revoke-all whose rows are not all marked yet: nothing older is live, except what it kept. */
  revokedAt: string | null;
  kept: string[];
}

/** Resolves the small dimensions first: an empty one answers at once, where a scan would look at every session. */
export async function prepareSelection(tx: Transaction, filter: SessionFilter): Promise<Selection> {
  const names = filter.users ?? null;
  const device = filter.device ?? null;
  const codes = filter.countries ?? null;
  const found = await selectDocument<
    Bounds & { users: string[] | null; agents: number[] | null; countryUsers: string[] | null }
  >(
    tx,
    sql`select json_build_object(
       'idleCut', tomo.idle_cut(t, false, now())::text, 'rememberCut', tomo.idle_cut(t, true, now())::text,
       'lifetimeCut', coalesce(tomo.lifetime_cut(t, now()), '-infinity')::text, 'minEpoch', t.min_epoch,
       'revokedAt', r.at::text, 'kept', coalesce(r.kept, '{}'),
       'users', case when ${names}::text[] is not null then array(
         select id from tomo.users
          where lower(username) = any(array(select lower(name) from unnest(${names}::text[]) name))) end,
       'agents', case when ${device}::text is not null then array(
         select id from tomo.user_agents where strpos(
           lower(concat_ws(' ', concat_ws(' on ', browser, os), form_factor, raw)), lower(${device}::text)) > 0) end,
       'countryUsers', case when ${codes}::text[] is not null then array(
         select distinct user_id from tomo.user_places
          where country = any(${codes}::text[]) limit ${FEW_USERS + 1}::bigint) end)::text as json
     from tomo.settings t
     left join lateral (
       select at, kept from tomo.revocations
        where scope = 'all' and marked_at is null and restored_at is null order by id desc limit 1) r on true`,
  );
  const related = filter.relatedTo === undefined ? null : await selectRelated(tx, filter.relatedTo, filter.relations);
  const { users, agents, countryUsers, ...bounds } = found;
  const byCountry = countryUsers && countryUsers.length <= FEW_USERS ? countryUsers : null;
  const userIds = users && byCountry ? users.filter((id) => byCountry.includes(id)) : (users ?? byCountry);
  return {
    filter,
    userIds,
    userAgentIds: agents,
    related: related ?? null,
    empty: related === undefined || [userIds, agents, countryUsers].some((ids) => ids?.length === 0),
    bounds,
  };
}
