import type { StateFilter } from '../../model/session.ts';
import { type Sql, sql } from '../port/sql.ts';
import { allConditions, besides } from './conditions.ts';
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
  return sql`from (select ${columns}, true as final ${writtenEnds(selection)}
    union all select ${columns}, s.final ${unwrittenEnds(selection)}) s where true`;
}

/** `from … where …` of those whose end is written: by an index alone, where it has all that is asked. */
export function writtenEnds(selection: Selection): Sql {
  const ended = sql`s.ended_at is not null and s.end_reason = any(${reasonsOf(selection)}::text[])`;
  return sql`from tomo.sessions s where ${sql.and(ended, ...besides(selection))}`;
}

/** The same of those whose end is not. */
export function unwrittenEnds(selection: Selection): Sql {
  const open = isOpenToo(selection) ? sql`s.id in (select l from tomo.lapsed(now()) l) and s.open` : sql`false`;
  return sql`from ${VERDICTS} where ${open} and ${allConditions(selection)}`;
}

function reasonsOf({ filter }: Selection): readonly string[] {
  return REASONS[filter.state] ?? [];
}

function isOpenToo({ filter }: Selection): boolean {
  return !WRITTEN_AT_ONCE.includes(filter.state);
}
