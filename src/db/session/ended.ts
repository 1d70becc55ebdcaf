import type { StateFilter } from '../../model/session.ts';
import { given, type Sql, sql } from '../port/sql.ts';
import {
  activityConditions,
  allConditions,
  createdConditions,
  dimensionConditions,
  otherConditions,
} from './conditions.ts';
import { LIVENESS, VERDICTS } from './json.ts';
import { GATHER, type Selection } from './selection.ts';

/** How the sessions of a state have ended, where that is written. */
const REASONS: Partial<Record<StateFilter, readonly string[]>> = {
  revoked: ['revoked'],
  expired: ['expired'],
  'logged-out': ['logout'],
  evicted: ['evicted'],
  ended: ['logout', 'revoked', 'evicted', 'expired'],
};

/** Only what is written at once: of these no open one is. */
const WRITTEN_AT_ONCE: readonly string[] = ['logged-out', 'evicted'];

/** Whether the sessions that a selection is of are found by how they have ended. */
export function isOfEnded({ filter, userIds }: Selection): boolean {
  return filter.state in REASONS && !filter.liveSince && userIds === null && filter.idPrefix === undefined;
}

/**
 * Ids and sort keys of the first sessions of such a selection, newest login first: those whose end is written by the index of
 * each reason, and of the open ones those that the indexes know as dead; where those are many, in order of login.
 */
export function endedKeys(selection: Selection, behind: Sql | null, limit: number): Sql {
  const order = sql`order by s.created_at desc, s.id desc limit ${limit}::bigint`;
  const where = (of: Sql) => sql.and(of, behind);
  const written = reasonsOf(selection).map(
    (reason) => sql`(select s.id, s.created_at from ${LIVENESS}
      where ${where(sql.and(sql`s.ended_at is not null and s.end_reason = ${reason}`, ...besides(selection)))} ${order})`,
  );
  const dead = isOpenToo(selection)
    ? [
        sql`(select s.id, s.created_at from ${VERDICTS}
          where ${where(sql`(select count(*) <= ${GATHER} from few) and s.id = any(array(select few.id from few)) and s.open
            and ${allConditions(selection)}`)} ${order})`,
        sql`(select s.id, s.created_at from ${VERDICTS}
          where ${where(sql`(select count(*) > ${GATHER} from few) and s.open and ${allConditions(selection)}`)} ${order})`,
      ]
    : [];
  return sql`(with few as materialized (select id from tomo.lapsed(now()) id limit ${GATHER + 1}::bigint)
    ${sql.join([...written, ...dead], ' union all ')})`;
}

/** `from … where …` of them, with what counts need of a session `s`. */
export function endedSource(selection: Selection): Sql {
  const columns = sql`s.id, s.user_id, s.epoch, s.user_epoch`;
  const written = sql`select ${columns}, true as final from ${LIVENESS}
    where ${sql.and(sql`s.ended_at is not null and s.end_reason = any(${reasonsOf(selection)}::text[])`, ...besides(selection))}`;
  const dead = sql`select ${columns}, s.final from ${VERDICTS}
    where s.id in (select tomo.lapsed(now())) and s.open and ${allConditions(selection)}`;
  return sql`from (${isOpenToo(selection) ? sql`${written} union all ${dead}` : written}) s where true`;
}

function reasonsOf({ filter }: Selection): readonly string[] {
  return REASONS[filter.state] ?? [];
}

function isOpenToo({ filter }: Selection): boolean {
  return !WRITTEN_AT_ONCE.includes(filter.state);
}

/** What a selection asks beside the state. */
function besides(selection: Selection): Sql[] {
  return given([
    selection.empty && sql`false`,
    ...createdConditions(selection),
    ...activityConditions(selection),
    ...otherConditions(selection),
    ...dimensionConditions(selection),
  ]);
}
