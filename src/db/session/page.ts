import type { SessionSort } from '../../model/session.ts';
import { Params, type Statement } from '../port/sql.ts';
import {
  activityConditions,
  allConditions,
  createdConditions,
  dimensionConditions,
  otherConditions,
  prefilter,
} from './conditions.ts';
import { LIVE, SESSION_JOINS, SESSION_JSON, STATE } from './json.ts';
import type { Reading } from './reading.ts';
import { relationColumn } from './relations.ts';
import type { Selection } from './selection.ts';

/** A place in a list: the sort key and id of its last row. */
export interface Cursor {
  key: string;
  id: string;
}

const SORTS: Record<SessionSort, { key: string; order: 'desc' | 'asc'; beyond: '<' | '>' }> = {
  activity: { key: 'last_activity_at', order: 'desc', beyond: '<' },
  idle: { key: 'last_activity_at', order: 'asc', beyond: '>' },
  login: { key: 'created_at', order: 'desc', beyond: '<' },
};

/** One page as JSON text, best first; `limit` null: all of it. */
export function pageStatement(
  selection: Selection,
  sort: SessionSort,
  after: Cursor | null,
  limit: number | null,
  reading: Reading = 'walk',
): Statement {
  const params = new Params();
  const state = selection.filter.state === 'active' ? `'active'` : STATE;
  const json = SESSION_JSON(state, selection.related ? relationColumn(selection.related, params) : '');
  const top = limit === null ? '' : `limit ${params.add(limit)}`;
  // all of it: the planner knows best, and a join in order can be quadratic on a table without statistics
  if (selection.filter.state !== 'active' || limit === null) {
    const where = [allConditions(selection, params), ...afterCondition('s', sort, after, params)];
    return {
      sql: `select ${json}::text as json from tomo.sessions s ${SESSION_JOINS} where ${where.join(' and ')} order by ${orderBy('s', sort)} ${top}`,
      params: params.values,
    };
  }
  // Sessions are chosen and ordered first and users are joined to the rows that come out: `offset 0` keeps the planner
  // from doing that before. The activity index has one part for each kind of session.
  const kinds = sort !== 'login' && reading === 'walk' ? [false, true] : [null];
  const parts = kinds.map((remember) => liveKeys(selection, sort, after, reading, remember, params));
  const found =
    parts.length === 1
      ? parts[0]
      : `(select * from (${parts.join(' union all ')}) parts order by ${orderBy('parts', sort)} offset 0)`;
  return {
    sql: `select ${json}::text as json from ${found} found
      join tomo.sessions s on s.id = found.id ${SESSION_JOINS}
     where ${LIVE} order by ${orderBy('found', sort)} ${top}`,
    params: params.values,
  };
}

/** Ids and sort keys of the sessions that are live as far as they and the settings say, in order. */
function liveKeys(
  selection: Selection,
  sort: SessionSort,
  after: Cursor | null,
  reading: Reading,
  remember: boolean | null,
  params: Params,
): string {
  const { filter, bounds } = selection;
  const cut = (kind: boolean) => `${params.add(kind ? bounds.rememberCut : bounds.idleCut)}::timestamptz`;
  const created = createdConditions(selection, params);
  const chosen = [...otherConditions(selection, params), ...dimensionConditions(selection, params)];
  const idle = activityConditions(selection, params);
  const byLogin = sort === 'login' && reading === 'walk';
  const where = [
    ...(remember === null
      ? [`s.last_activity_at > case when s.remember_me then ${cut(true)} else ${cut(false)} end`]
      : [
          `s.remember_me = ${remember}`,
          `s.activity_bucket >= ${bucketOf(cut(remember))}`,
          `s.last_activity_at > ${cut(remember)}`,
        ]),
    // without the very condition of the partial indexes, so that the one in order of login is walked
    byLogin ? hidden('s.ended_at is null') : 's.ended_at is null',
    ...prefilter(selection, params),
    // some seconds earlier, should the clock have been set back since
    ...(bounds.revokedAt
      ? [
          `(s.created_at >= ${params.add(bounds.revokedAt)}::timestamptz - interval '10 seconds' or s.id = any(${params.add(bounds.kept)}::uuid[]))`,
        ]
      : []),
    // nobody is active before the login
    ...(filter.since && remember !== null
      ? [`s.activity_bucket >= ${bucketOf(`${params.add(filter.since)}::timestamptz`)}`]
      : []),
    ...(reading === 'gather' || byLogin || (filter.until && reading === 'walk') ? created : created.map(hidden)),
    ...(reading === 'gather' ? chosen : chosen.map(hidden)),
    ...(reading === 'revoked' || byLogin ? idle.map(hidden) : idle),
    ...afterCondition('s', sort, after, params),
  ];
  const keys = sort === 'login' ? 's.created_at' : 's.activity_bucket, s.last_activity_at';
  return `(select s.id, ${keys} from tomo.sessions s where ${where.join(' and ')} order by ${orderBy('s', sort)} offset 0)`;
}

/** So wrapped that no index is chosen for it, and that the planner takes it for half of the rows. */
function hidden(condition: string): string {
  return `coalesce(${condition}, false)`;
}

function bucketOf(at: string): string {
  return `date_bin('5 minutes', ${at}, timestamptz '2000-01-01 00:00+00')`;
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
