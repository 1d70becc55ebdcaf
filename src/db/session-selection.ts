import type { SessionFilter, SessionSort } from '../domain/types.ts';
import type { Transaction } from './database.ts';
import { LIVE, LIVE_JOINS, SESSION_JOINS, SESSION_JSON, STATE } from './session-json.ts';

/** Above this many users a country is too common to be looked up by its users. */
const FEW_USERS = 1000;

/** A place in a list: the sort key and id of its last row. */
export interface Cursor {
  key: string;
  id: string;
}

/**
 * A filter made ready for SQL: names resolved to ids, and the bounds that keep an index scan from walking over dead
 * rows. Valid within the transaction that made it.
 */
export interface Selection {
  filter: SessionFilter;
  userIds: string[] | null;
  userAgentIds: number[] | null;
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
  const [row] = await tx.query<{ json: Bounds & { users: string[] | null; agents: number[] | null; countryUsers: string[] | null } }>(
    `select json_build_object(
       'idleCut', tomo.idle_cut(t, false, now())::text, 'rememberCut', tomo.idle_cut(t, true, now())::text,
       'lifetimeCut', coalesce(tomo.lifetime_cut(t, now()), '-infinity')::text, 'minEpoch', t.min_epoch,
       'revokedAt', r.at::text, 'kept', coalesce(r.kept, '{}'),
       'users', case when $1::text[] is not null then array(select id from tomo.users where lower(username) = any($1)) end,
       'agents', case when $2::text is not null then array(
         select id from tomo.user_agents
          where strpos(lower(concat_ws(' ', concat_ws(' on ', browser, os), form_factor, raw)), $2) > 0) end,
       'countryUsers', case when $3::text[] is not null then array(
         select distinct user_id from tomo.user_places where country = any($3) limit ${FEW_USERS + 1}) end) as json
     from tomo.settings t
     left join lateral (
       select at, kept from tomo.revocations
        where scope = 'all' and marked_at is null and restored_at is null order by id desc limit 1) r on true`,
    [filter.users?.map((name) => name.toLowerCase()) ?? null, filter.device?.toLowerCase() ?? null, filter.countries ?? null],
  );
  if (!row) throw new Error('tomo.settings has no row');
  const { users, agents, countryUsers, ...bounds } = row.json;
  const byCountry = countryUsers && countryUsers.length <= FEW_USERS ? countryUsers : null;
  const userIds = users && byCountry ? users.filter((id) => byCountry.includes(id)) : (users ?? byCountry);
  return {
    filter,
    userIds,
    userAgentIds: agents,
    empty: [userIds, agents, countryUsers].some((ids) => ids?.length === 0),
    bounds,
  };
}

/** Collects parameters while a statement is put together. */
class Params {
  readonly values: unknown[] = [];
  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** A statement with its parameters. */
export interface Statement {
  sql: string;
  params: unknown[];
}

const SORTS: Record<SessionSort, { key: string; order: 'desc' | 'asc'; beyond: '<' | '>' }> = {
  activity: { key: 'last_activity_at', order: 'desc', beyond: '<' },
  idle: { key: 'last_activity_at', order: 'asc', beyond: '>' },
  login: { key: 'created_at', order: 'desc', beyond: '<' },
};

/** One page as JSON text, best first; `limit` null: all of it. */
export function pageStatement(selection: Selection, sort: SessionSort, after: Cursor | null, limit: number | null): Statement {
  const params = new Params();
  const order = (alias: string) => orderBy(alias, sort);
  const json = SESSION_JSON(selection.filter.state === 'active' ? `'active'` : STATE);
  const top = limit === null ? '' : `limit ${params.add(limit)}`;
  if (!walksActivityIndex(selection, sort)) {
    const where = [...sessionConditions(selection, params), ...dimensionConditions(selection, params), ...afterCondition('s', sort, after, params)];
    return {
      sql: `select ${json}::text as json from tomo.sessions s ${SESSION_JOINS} where ${where.join(' and ')} order by ${order('s')} ${top}`,
      params: params.values,
    };
  }
  // The activity index has one part for each kind of session. Each is read in order, only as far as needed, and
  // users are joined to the rows that come out: `offset 0` keeps the planner from doing that first.
  const part = (remember: boolean) => {
    const cut = params.add(remember ? selection.bounds.rememberCut : selection.bounds.idleCut);
    const where = [
      `s.remember_me = ${remember}`,
      `s.activity_bucket >= date_bin('5 minutes', ${cut}::timestamptz, timestamptz '2000-01-01 00:00+00')`,
      `s.last_activity_at > ${cut}::timestamptz`,
      ...prefilter(selection, params),
      ...sessionConditions({ ...selection, filter: { ...selection.filter, state: 'all' } }, params),
      ...afterCondition('s', sort, after, params),
    ];
    return `(select s.id, s.activity_bucket, s.last_activity_at from tomo.sessions s where ${where.join(' and ')} order by ${order('s')} offset 0)`;
  };
  return {
    sql: `select ${json}::text as json
      from (select * from (${part(false)} union all ${part(true)}) parts order by ${order('parts')} offset 0) found
      join tomo.sessions s on s.id = found.id ${SESSION_JOINS}
     where ${LIVE} order by ${order('found')} ${top}`,
    params: params.values,
  };
}

/** The ids alone, behind a first column of the caller's, to freeze what a revocation takes. */
export function idsStatement(selection: Selection, firstParam: unknown): Statement {
  const params = new Params();
  const first = params.add(firstParam);
  const where = [...sessionConditions(selection, params), ...dimensionConditions(selection, params)];
  return { sql: `select ${first}::bigint, s.id from tomo.sessions s ${LIVE_JOINS} where ${where.join(' and ')}`, params: params.values };
}

/** How many sessions of how many users. */
export function countStatement(selection: Selection): Statement {
  const params = new Params();
  return {
    sql: `select coalesce(sum(n), 0)::int as sessions, count(*)::int as users from (
            select count(*) as n from tomo.sessions s ${LIVE_JOINS} where ${allConditions(selection, params)} group by s.user_id) x`,
    params: params.values,
  };
}

/** How many sessions; counting stops at `cap`. */
export function cappedCountStatement(selection: Selection, cap: number): Statement {
  const params = new Params();
  return {
    sql: `select count(*)::int as n from (
            select from tomo.sessions s ${LIVE_JOINS} where ${allConditions(selection, params)} limit ${params.add(cap)}) x`,
    params: params.values,
  };
}

/**
 * Whether to read in the order of activity and filter on the way. Not with a dimension that has an index of its own
 * (the planner weighs the two), and not while the index is full of rows that a revoke-all has killed and not yet marked.
 */
function walksActivityIndex({ filter, userIds, userAgentIds, bounds }: Selection, sort: SessionSort): boolean {
  return sort !== 'login' && filter.state === 'active' && !bounds.revokedAt && !userIds && !userAgentIds && !filter.ips?.length && !filter.since;
}

/** Follows from tomo.live(); spelled out with constants, so that a scan drops dead rows cheaply and early. */
function prefilter({ bounds }: Selection, params: Params): string[] {
  return [
    's.ended_at is null',
    ...(bounds.minEpoch > 0 ? [`s.epoch >= ${params.add(bounds.minEpoch)}`] : []),
    ...(bounds.lifetimeCut === '-infinity' ? [] : [`s.created_at > ${params.add(bounds.lifetimeCut)}::timestamptz`]),
  ];
}

function sessionConditions(selection: Selection, params: Params): string[] {
  const { filter, bounds, empty } = selection;
  const where: string[] = [];
  if (empty) where.push('false');
  if (filter.state === 'active') {
    where.push(LIVE, ...prefilter(selection, params));
    if (bounds.revokedAt) {
      where.push(`(s.created_at >= ${params.add(bounds.revokedAt)}::timestamptz or s.id = any(${params.add(bounds.kept)}::uuid[]))`);
    }
  } else if (filter.state === 'ended') {
    where.push(`not ${LIVE}`);
  } else if (filter.state !== 'all') {
    where.push(`${STATE} = ${params.add(filter.state)}`);
  }
  if (filter.since) where.push(`s.created_at >= ${params.add(filter.since)}::timestamptz`);
  if (filter.until) where.push(`s.created_at < ${params.add(filter.until)}::timestamptz`);
  if (filter.idleFor !== undefined) {
    const cut = `now() - make_interval(secs => ${params.add(filter.idleFor)}::float8)`;
    where.push(`s.last_activity_at <= ${cut}`, `s.activity_bucket <= ${cut}`);
  }
  if (filter.countries?.length) where.push(`s.country = any(${params.add(filter.countries)}::text[])`);
  if (filter.methods?.length) where.push(`s.login_method = any(${params.add(filter.methods)}::text[])`);
  if (filter.except?.length) where.push(`s.id <> all(${params.add(filter.except)}::uuid[])`);
  return where.length > 0 ? where : ['true'];
}

function allConditions(selection: Selection, params: Params): string {
  return [...sessionConditions(selection, params), ...dimensionConditions(selection, params)].join(' and ');
}

function dimensionConditions({ filter, userIds, userAgentIds }: Selection, params: Params): string[] {
  const where: string[] = [];
  if (userIds) where.push(`s.user_id = any(${params.add(userIds)}::uuid[])`);
  if (userAgentIds) where.push(`s.user_agent_id = any(${params.add(userAgentIds)}::int[])`);
  // one `<<=` each: the planner turns that into an index range, which it does not for an array
  if (filter.ips?.length) where.push(`(${filter.ips.map((ip) => `s.ip <<= ${params.add(ip)}::inet`).join(' or ')})`);
  return where;
}

function orderBy(alias: string, sort: SessionSort): string {
  const { key, order } = SORTS[sort];
  const bucket = sort === 'login' ? '' : `${alias}.activity_bucket ${order}, `;
  return `${bucket}${alias}.${key} ${order}, ${alias}.id ${order}`;
}

function afterCondition(alias: string, sort: SessionSort, after: Cursor | null, params: Params): string[] {
  if (!after) return [];
  const { key, beyond } = SORTS[sort];
  const at = `${params.add(after.key)}::timestamptz`;
  const id = `${params.add(after.id)}::uuid`;
  return sort === 'login'
    ? [`(${alias}.created_at, ${alias}.id) ${beyond} (${at}, ${id})`]
    : [
        `(${alias}.activity_bucket, ${alias}.${key}, ${alias}.id) ${beyond} (date_bin('5 minutes', ${at}, timestamptz '2000-01-01 00:00+00'), ${at}, ${id})`,
      ];
}
