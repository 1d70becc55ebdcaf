import type { SessionSort } from '../../model/session.ts';
import type { Start } from '../list/rows.ts';
import { type Sql, sql } from '../port/sql.ts';
import {
  activityConditions,
  allConditions,
  createdConditions,
  dimensionConditions,
  otherConditions,
  prefilter,
} from './conditions.ts';
import { LIVE, SESSION_JOINS, SESSION_JSON } from './json.ts';
import type { Reading } from './reading.ts';
import { relationColumn } from './relations.ts';
import type { Selection } from './selection.ts';

/** One page as JSON text, best first; `limit` null: all of it. */
export function pageStatement(
  selection: Selection,
  start: Start<SessionSort>,
  limit: number | null,
  reading: Reading = 'walk',
): Sql {
  const live = selection.filter.state === 'active';
  const more = selection.related ? relationColumn(selection.related) : sql``;
  const select = sql`select ${SESSION_JSON({ live, more })}::text as json`;
  // all of it: the planner knows best, and a join in order can be quadratic on a table without statistics
  if (!live || limit === null) {
    return sql`${select} from tomo.sessions s ${SESSION_JOINS}
      where ${sql.and(allConditions(selection), behind(start))} order by ${orderBy('s', start)} limit ${limit}::bigint`;
  }
  // Sessions are chosen and ordered first and users are joined to the rows that come out: `offset 0` keeps the planner
  // from doing that before. The activity index has one part for each kind of session.
  const kinds = start.sort !== 'login' && reading === 'walk' ? [false, true] : [null];
  const parts = sql.join(
    kinds.map((remember) => liveKeys(selection, start, reading, remember)),
    ' union all ',
  );
  const found =
    kinds.length === 1 ? parts : sql`(select * from (${parts}) parts order by ${orderBy('parts', start)} offset 0)`;
  return sql`${select} from ${found} found join tomo.sessions s on s.id = found.id ${SESSION_JOINS}
    where ${LIVE} order by ${orderBy('found', start)} limit ${limit}::bigint`;
}

/** Ids and sort keys of the sessions that are live as far as they and the settings say, in order. */
function liveKeys(selection: Selection, start: Start<SessionSort>, reading: Reading, remember: boolean | null): Sql {
  const { filter, bounds } = selection;
  const cut = (kind: boolean) => sql`${kind ? bounds.rememberCut : bounds.idleCut}::timestamptz`;
  const created = createdConditions(selection);
  const chosen = [...otherConditions(selection), ...dimensionConditions(selection)];
  const idle = activityConditions(selection);
  const byLogin = start.sort === 'login' && reading === 'walk';
  const where = sql.and(
    remember === null
      ? sql`s.last_activity_at > case when s.remember_me then ${cut(true)} else ${cut(false)} end`
      : sql`s.remember_me = ${sql.raw(String(remember))} and s.activity_bucket >= ${bucketOf(cut(remember))}
            and s.last_activity_at > ${cut(remember)}`,
    // without the very condition of the partial indexes, so that the one in order of login is walked
    byLogin ? hidden(sql`s.ended_at is null`) : sql`s.ended_at is null`,
    prefilter(selection),
    // some seconds earlier, should the clock have been set back since
    bounds.revokedAt &&
      sql`(s.created_at >= ${bounds.revokedAt}::timestamptz - interval '10 seconds'
           or s.id = any(${bounds.kept}::uuid[]))`,
    // nobody is active before the login
    filter.since && remember !== null && sql`s.activity_bucket >= ${bucketOf(sql`${filter.since}::timestamptz`)}`,
    ...(reading === 'gather' || byLogin || (filter.until && reading === 'walk') ? created : created.map(hidden)),
    ...(reading === 'gather' ? chosen : chosen.map(hidden)),
    ...(reading === 'revoked' || byLogin ? idle.map(hidden) : idle),
    behind(start),
  );
  const keys = start.sort === 'login' ? sql`s.created_at` : sql`s.activity_bucket, s.last_activity_at`;
  return sql`(select s.id, ${keys} from tomo.sessions s where ${where} order by ${orderBy('s', start)} offset 0)`;
}

/** So wrapped that no index is chosen for it, and that the planner takes it for half of the rows. */
function hidden(condition: Sql): Sql {
  return sql`coalesce(${condition}, false)`;
}

function bucketOf(at: Sql): Sql {
  return sql`date_bin('5 minutes', ${at}, timestamptz '2000-01-01 00:00+00')`;
}

function orderBy(alias: 's' | 'parts' | 'found', { sort }: Start<SessionSort>): Sql {
  const keys = sort === 'login' ? ['created_at', 'id'] : ['activity_bucket', 'last_activity_at', 'id'];
  return sql.raw(keys.map((key) => `${alias}.${key} ${sort === 'idle' ? 'asc' : 'desc'}`).join(', '));
}

function behind({ sort, after }: Start<SessionSort>): Sql | null {
  if (!after) return null;
  const at = sql`${after[0]}::timestamptz`;
  const id = sql`${after[1]}::uuid`;
  if (sort === 'login') return sql`(s.created_at, s.id) < (${at}, ${id})`;
  const beyond = sql.raw(sort === 'idle' ? '>' : '<');
  return sql`(s.activity_bucket, s.last_activity_at, s.id) ${beyond} (${bucketOf(at)}, ${at}, ${id})`;
}
