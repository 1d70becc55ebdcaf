import type { Params } from '../port/sql.ts';
import { LIVE, STATE } from './json.ts';
import { relationCondition } from './relations.ts';
import type { Selection } from './selection.ts';

/** Follows from tomo.live(); spelled out with constants, so that a scan drops dead rows cheaply and early. */
export function prefilter({ bounds }: Selection, params: Params): string[] {
  return [
    ...(bounds.minEpoch > 0 ? [`s.epoch >= ${params.add(bounds.minEpoch)}`] : []),
    ...(bounds.lifetimeCut === '-infinity' ? [] : [`s.created_at > ${params.add(bounds.lifetimeCut)}::timestamptz`]),
  ];
}

function sessionConditions(selection: Selection, params: Params): string[] {
  const where = [
    ...stateConditions(selection, params),
    ...createdConditions(selection, params),
    ...activityConditions(selection, params),
    ...otherConditions(selection, params),
  ];
  return where.length > 0 ? where : ['true'];
}

export function stateConditions(selection: Selection, params: Params): string[] {
  const { filter } = selection;
  const where = selection.empty ? ['false'] : [];
  if (filter.state === 'active') {
    where.push(LIVE, 's.ended_at is null', ...prefilter(selection, params));
  } else if (filter.state === 'ended') {
    where.push(`not ${LIVE}`);
  } else if (filter.state !== 'all') {
    where.push(`${STATE} = ${params.add(filter.state)}`);
  }
  return where.length > 0 ? where : ['true'];
}

export function createdConditions({ filter }: Selection, params: Params): string[] {
  return [
    ...(filter.since ? [`s.created_at >= ${params.add(filter.since)}::timestamptz`] : []),
    ...(filter.until ? [`s.created_at < ${params.add(filter.until)}::timestamptz`] : []),
    // nobody is active before the login
    ...(filter.idleFor === undefined ? [] : [`s.created_at <= ${idleSince(filter.idleFor, params)}`]),
  ];
}

export function activityConditions({ filter }: Selection, params: Params): string[] {
  if (filter.idleFor === undefined) return [];
  const cut = idleSince(filter.idleFor, params);
  return [`s.last_activity_at <= ${cut}`, `s.activity_bucket <= ${cut}`];
}

function idleSince(seconds: number, params: Params): string {
  return `now() - make_interval(secs => ${params.add(seconds)}::float8)`;
}

export function otherConditions({ filter }: Selection, params: Params): string[] {
  return [
    ...(filter.countries?.length ? [`s.country = any(${params.add(filter.countries)}::text[])`] : []),
    ...(filter.methods?.length ? [`s.login_method = any(${params.add(filter.methods)}::text[])`] : []),
    ...(filter.except?.length ? [`s.id <> all(${params.add(filter.except)}::uuid[])`] : []),
  ];
}

export function allConditions(selection: Selection, params: Params): string {
  return [...sessionConditions(selection, params), ...dimensionConditions(selection, params)].join(' and ');
}

export function dimensionConditions({ filter, userIds, userAgentIds, related }: Selection, params: Params): string[] {
  const where: string[] = [];
  // one value with `=` keeps the order of an index, an array does not
  if (userIds?.length === 1) where.push(`s.user_id = ${params.add(userIds[0])}::uuid`);
  else if (userIds) where.push(`s.user_id = any(${params.add(userIds)}::uuid[])`);
  if (userAgentIds) where.push(`s.user_agent_id = any(${params.add(userAgentIds)}::int[])`);
  // one `<<=` each: the planner turns that into an index range, which it does not for an array
  if (filter.ips?.length) where.push(`(${filter.ips.map((ip) => `s.ip <<= ${params.add(ip)}::inet`).join(' or ')})`);
  if (related) where.push(relationCondition(related, params, filter.relations));
  return where;
}
