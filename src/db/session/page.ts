import type { SessionSort } from '../../model/session.ts';
import type { Start } from '../list/start.ts';
import { type Sql, sql } from '../port/sql.ts';
import {
  activityConditions,
  allConditions,
  bucketOf,
  CUTS,
  createdConditions,
  dimensionConditions,
  hidden,
  otherConditions,
  prefilter,
  source,
} from './conditions.ts';
import { endedKeys, isOfEnded } from './ended.ts';
import { AGENT_AND_DEVICE, LIVENESS, SESSION_JSON, VERDICTS } from './json.ts';
import type { Reading } from './reading.ts';
import { relationColumn } from './relations.ts';
import type { Selection } from './selection.ts';

/**
 * A limit that limits nothing. With `offset 0` the planner would sort everything, since it forgets the limit outside.
 */
const ALL = sql.raw('1000000000');

/**
 * The epochs that an open session may have and be live are one, unless a revoke-all was undone; so many have
 * parts of their own.
 */
const EPOCHS = 2;

/** What the parts of a page of live sessions have in common. */
const BOUNDS = sql`bounds as materialized (
  select k.*, array(select e from tomo.live_epochs() e order by e desc) as epochs from ${CUTS})`;
const BOUND = sql`bounds k`;

/** One page as JSON text, best first; `limit` null: all of it. */
export function pageStatement(
  selection: Selection,
  place: Start<SessionSort>,
  limit: number | null,
  reading: Reading = 'walk',
): Sql {
  const live = selection.filter.state === 'active';
  const more = selection.related ? relationColumn(selection.related) : sql``;
  const select = sql`select ${SESSION_JSON({ live, more })}::text as json`;
  const sessions = live ? LIVENESS : VERDICTS;
  const all = sql`${select} from ${sessions} ${AGENT_AND_DEVICE}
      where ${sql.and(allConditions(selection), behind(place))} order by ${orderBy('s', place)}`;
  // all of it: the planner knows best, and a join in order can be quadratic on a table without statistics
  if (limit === null) return all;
  // Sessions are chosen and ordered first, and all else is joined to the rows that come out: a limit keeps the planner
  // from doing that before.
  const found = live
    ? liveKeys(selection, place, reading)
    : isOfEnded(selection)
      ? endedKeys(selection, { ...inOrder(place), indexed: place.sort === 'login' }, limit)
      : keys(selection, place, limit);
  const chosen = sql`${live ? sql`with ${BOUNDS}` : sql``} ${select} from ${found} found join ${sessions} on s.id = found.id ${AGENT_AND_DEVICE}
    where ${live ? sql`s.live` : sql`true`} order by ${orderBy('found', place)} limit ${limit}::bigint`;
  // each server finds its own first ones
  return sql.either(chosen, sql`${all} limit ${limit}::bigint`);
}

function inOrder(place: Start<SessionSort>) {
  return { keys: sortKeys(place), order: orderBy('s', place), behind: behind(place) };
}

/** Ids and sort keys of the first sessions of a selection in any state. */
function keys(selection: Selection, place: Start<SessionSort>, limit: number): Sql {
  return sql`(select s.id, ${sortKeys(place)} from ${source(selection)}
    where ${sql.and(allConditions(selection), behind(place))} order by ${orderBy('s', place)} limit ${limit}::bigint)`;
}

/**
 * The same for those that are live as far as they and the settings say; the index of activity is walked part by part.
 */
function liveKeys(selection: Selection, place: Start<SessionSort>, reading: Reading): Sql {
  if (place.sort === 'login' || reading !== 'walk') return keysOfPart(selection, place, reading, null);
  const epochs = Array.from(
    { length: EPOCHS },
    (_, i) => sql`s.epoch = (select k.epochs[${sql.raw(`${i + 1}`)}] from ${BOUND})`,
  );
  const others = sql`s.epoch = any((select k.epochs[${sql.raw(`${EPOCHS + 1}`)}:] from ${BOUND})::bigint[])`;
  const parts = [...epochs, others].flatMap((epoch) => [
    keysOfPart(selection, place, reading, { epoch, remember: false }),
    keysOfPart(selection, place, reading, { epoch, remember: true }),
  ]);
  return sql`(select * from (${sql.join(parts, ' union all ')}) parts order by ${orderBy('parts', place)} limit ${ALL})`;
}

function keysOfPart(
  selection: Selection,
  place: Start<SessionSort>,
  reading: Reading,
  part: { epoch: Sql; remember: boolean } | null,
): Sql {
  const { filter } = selection;
  const cut = (kind: boolean) => sql`(select k.${sql.raw(kind ? 'remember_cut' : 'idle_cut')} from ${BOUND})`;
  const created = createdConditions(selection);
  const chosen = [...otherConditions(selection), ...dimensionConditions(selection)];
  const idle = activityConditions(selection);
  const byLogin = place.sort === 'login' && reading === 'walk';
  const where = sql.and(
    part
      ? sql`${part.epoch} and s.remember_me = ${sql.raw(String(part.remember))}
            and s.activity_bucket >= ${bucketOf(cut(part.remember))} and ${hidden(sql`s.last_activity_at > ${cut(part.remember)}`)}`
      : sql`s.last_activity_at > case when s.remember_me then ${cut(true)} else ${cut(false)} end`,
    // without the very condition of the partial indexes, so that the one in order of login is walked
    byLogin ? hidden(sql`s.ended_at is null`) : sql`s.ended_at is null`,
    prefilter(selection, BOUND),
    // nobody is active before the login
    filter.since && part && sql`s.activity_bucket >= ${bucketOf(sql`${filter.since}::timestamptz`)}`,
    ...(reading === 'gather' || byLogin || (filter.until && reading === 'walk') ? created : created.map(hidden)),
    ...(reading === 'gather' ? chosen : chosen.map(hidden)),
    ...(byLogin ? idle.map(hidden) : idle),
    behind(place),
  );
  const keys = sql`select s.id, ${sortKeys(place)} from tomo.sessions s where ${where}`;
  // few are left: nothing else is to be read for the sake of an order
  const rows = reading === 'left' ? sql`select * from (${keys} offset 0) s` : keys;
  return sql`(${rows} order by ${orderBy('s', place)} limit ${ALL})`;
}

function sortKeys({ sort }: Start<SessionSort>): Sql {
  return sort === 'login' ? sql`s.created_at` : sql`s.activity_bucket, s.last_activity_at`;
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
