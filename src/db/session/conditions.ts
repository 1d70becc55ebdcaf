import { given, type Sql, sql } from '../port/sql.ts';
import { deviceCondition } from './devices.ts';
import { LIVENESS, VERDICTS } from './json.ts';
import { relationCondition } from './relations.ts';
import type { Selection } from './selection.ts';

/** Everything that a session `s` of a selection fulfils; see `source`. */
export function allConditions(selection: Selection): Sql {
  return sql.and(stateCondition(selection), lifeCondition(selection), ...besides(selection));
}

/** What a selection asks beside the state, which the row itself answers. */
export function besides(selection: Selection): Sql[] {
  return given([
    selection.empty && sql`false`,
    ...createdConditions(selection),
    ...activityConditions(selection),
    ...otherConditions(selection),
    ...dimensionConditions(selection),
  ]);
}

/** Until when what was active or logged in is out by now, and the like: see tomo.cuts. */
export const CUTS = sql`tomo.cuts(now()) k`;

/** So wrapped that no index is chosen for it, and that the planner takes it for half of the rows. */
export function hidden(condition: Sql): Sql {
  return sql`coalesce(${condition}, false)`;
}

/**
 * Follows from being live; spelled out, so that a scan drops dead rows cheaply and early, and an index is read from
 * there on. `cuts`: where they are taken from.
 */
export function prefilter(selection: Selection, cuts = CUTS): Sql {
  return sql.and(
    sql`s.epoch >= (select k.min_epoch from ${cuts})`,
    ofOneUser(selection),
    // hidden: with `until` the planner would take the two for a narrow range, and guess one row in 200
    hidden(sql`s.created_at > (select k.lifetime_cut from ${cuts})`),
  );
}

function ofOneUser({ userIds }: Selection): Sql {
  return userIds?.length === 1
    ? sql`s.user_epoch >= coalesce((select c.min_epoch from tomo.user_controls c where c.user_id = ${userIds[0]}::uuid), 0)`
    : sql`true`;
}

/** Where the sessions come from: how each has ended is the dearer question. */
export function source({ filter }: Selection): Sql {
  const { state, liveSince } = filter;
  return state === 'active' || (state !== 'expired' && state !== 'revoked' && !liveSince) ? LIVENESS : VERDICTS;
}

function stateCondition(selection: Selection): Sql | false {
  const { state } = selection.filter;
  // being live says all of it; the index of open ones is read from the least epoch on
  if (state === 'active')
    return sql`s.live and s.epoch >= (select k.min_epoch from ${CUTS}) and ${ofOneUser(selection)}`;
  if (state === 'ended') return sql`not s.live`;
  // written at once, so that no open one need be looked at, nor how others have ended
  if (state === 'logged-out') return sql`s.end_reason = 'logout' and not s.open`;
  if (state === 'evicted') return sql`s.end_reason = 'evicted' and not s.open`;
  return state !== 'all' && sql`s.state = ${state}`;
}

/** That its life went on after a moment; of one without a known end, as far as its last activity shows. */
function lifeCondition({ filter }: Selection): Sql | false {
  if (!filter.liveSince || filter.state === 'active') return false;
  const since = sql`${filter.liveSince}::timestamptz`;
  const longest = (timeout: Sql) => sql`(select max(p.${timeout}) from tomo.timeouts() p)`;
  const minutes = sql`case when s.remember_me then ${longest(sql`remember_me_timeout`)} else ${longest(sql`session_timeout`)} end`;
  // nobody outlives the last activity by more: the ends of most open ones need not be worked out
  return sql`(s.written_end > ${since} or s.open and s.last_activity_at > ${since} - make_interval(mins => ${minutes}))
    and (s.live or coalesce(s.ended_at, s.last_activity_at) > ${since})`;
}

export function createdConditions({ filter }: Selection): Sql[] {
  return given([
    filter.since && sql`s.created_at >= ${filter.since}::timestamptz`,
    filter.until && sql`s.created_at < ${filter.until}::timestamptz`,
    // nobody is active before the login
    filter.idleFor !== undefined && sql`s.created_at <= ${idleSince(filter.idleFor)}`,
  ]);
}

export function activityConditions({ filter: { idleFor, not } }: Selection): Sql[] {
  const since = not?.idleFor !== undefined && idleSince(not.idleFor);
  const cut = idleFor !== undefined && idleSince(idleFor);
  return given([
    // the index goes by the bucket; of two bounds on either the planner would make a narrow range, and few rows
    cut && hidden(sql`s.last_activity_at <= ${cut}`),
    cut && sql`s.activity_bucket <= ${cut}`,
    since && hidden(sql`s.last_activity_at > ${since}`),
    since && sql`s.activity_bucket >= ${bucketOf(since)}`,
  ]);
}

/** The five minutes of a moment, which the index of activity is in order of. */
export function bucketOf(at: Sql): Sql {
  return sql`date_bin('5 minutes', ${at}, timestamptz '2000-01-01 00:00+00')`;
}

function idleSince(seconds: number): Sql {
  return sql`now() - make_interval(secs => ${seconds}::float8)`;
}

export function otherConditions({ filter, not }: Selection): Sql[] {
  return given([
    ...(not ? sql.none([...otherConditions(not), ...dimensionConditions(not)]) : []),
    filter.countries?.length && isOneOf(sql`s.country`, filter.countries),
    filter.methods?.length && isOneOf(sql`s.login_method`, filter.methods),
    filter.except?.length && sql`s.id <> all(${filter.except}::uuid[])`,
  ]);
}

/** One value with `=`: it keeps the order of an index, and is compared in half the time. */
function isOneOf(column: Sql, [one, ...others]: readonly string[]): Sql {
  return others.length === 0 ? sql`${column} = ${one}::text` : sql`${column} = any(${[one, ...others]}::text[])`;
}

/** On what has an index of its own. */
export function dimensionConditions({ filter, userIds, device, related }: Selection): Sql[] {
  return given([
    // one value with `=` keeps the order of an index, an array does not
    userIds && (userIds.length === 1 ? sql`s.user_id = ${userIds[0]}::uuid` : sql`s.user_id = any(${userIds}::uuid[])`),
    device && deviceCondition(device),
    // one `<<=` each: the planner turns that into an index range, which it does not for an array
    filter.ips?.length && sql.or(filter.ips.map((ip) => sql`s.ip <<= ${ip}::inet`)),
    filter.idPrefix &&
      sql`s.id between rpad(${filter.idPrefix}, 32, '0')::uuid and rpad(${filter.idPrefix}, 32, 'f')::uuid`,
    related && relationCondition(related, filter.relations),
  ]);
}
