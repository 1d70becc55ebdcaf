import type { StateFilter } from '../../model/session.ts';
import { type Sql, sql } from '../port/sql.ts';
import { allConditions, besides } from './conditions.ts';
import { LAPSED_PASS, SHUT_OUT_PASS, VERDICTS } from './json.ts';
import { GATHER, type Selection } from './selection.ts';

export const END_REASONS: readonly string[] = ['logout', 'revoked', 'evicted', 'expired'];

/** How the sessions of a state have ended, where that is written. */
const REASONS: Partial<Record<StateFilter, readonly string[]>> = {
  revoked: ['revoked'],
  expired: ['expired'],
  'logged-out': ['logout'],
  evicted: ['evicted'],
  ended: END_REASONS,
};

/** Only what is written at once: of these no open one is. */
const WRITTEN_AT_ONCE: readonly string[] = ['logged-out', 'evicted'];

/** Whether the sessions that a selection is of are found by how they have ended. */
export function isOfEnded({ filter, userIds }: Selection): boolean {
  return filter.state in REASONS && !filter.liveSince && userIds === null && filter.idPrefix === undefined;
}

/** Which sort keys rows have, in which order they come, and from where on. */
interface InOrder {
  keys: Sql;
  order: Sql;
  behind: Sql | null;
  /** Each reason has an index of that order. */
  indexed: boolean;
}

/**
 * Ids and sort keys of the first sessions of such a selection: those whose end is written, by the index of
 * each reason if that has the order, and of the open ones those that the indexes know as dead; where those are
 * many, in their order.
 */
export function endedKeys(selection: Selection, { keys, order: by, behind, indexed }: InOrder, limit: number): Sql {
  const order = sql`order by ${by} limit ${limit}::bigint`;
  const where = (of: Sql) => sql.and(of, behind);
  const ended = (of: Sql) => sql`(select s.id, ${keys} from tomo.sessions s where ${where(of)} ${order})`;
  const byReason = (reason: string) =>
    sql.and(sql`s.ended_at is not null and s.end_reason = ${reason}`, ...besides(selection));
  const written = indexed
    ? reasonsOf(selection).map((reason) => ended(byReason(reason)))
    : [ended(isWritten(selection))];
  const dead = isOpenToo(selection)
    ? [
        sql`(select s.id, ${keys} from ${VERDICTS}
          where ${where(sql`(select count(*) <= ${GATHER} from few) and s.id = any(array(select few.id from few)) and s.open
            and ${allConditions(selection)}`)} ${order})`,
        sql`(select s.id, ${keys} from ${VERDICTS}
          where ${where(sql`(select count(*) > ${GATHER} from few) and s.open and ${allConditions(selection)}`)} ${order})`,
      ]
    : [];
  return sql`(with few as materialized (select d as id from ${deadOf(selection)} d limit ${GATHER + 1}::bigint)
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
  return sql`from tomo.sessions s where ${isWritten(selection)}`;
}

/** The same of those whose end is not. */
export function unwrittenEnds(selection: Selection): Sql {
  return sql`from ${unwritten(selection)} where ${isUnwritten(selection)}`;
}

/** That the end of a session `s` is written, and it is of the selection. */
export function isWritten(selection: Selection): Sql {
  const reasons = reasonsOf(selection);
  return sql.and(
    sql`s.ended_at is not null`,
    reasons.length < END_REASONS.length && sql`s.end_reason = any(${reasons}::text[])`,
    ...besides(selection),
  );
}

/** Open sessions that may be of the selection, and what each has come to. */
export function unwritten({ filter }: Selection): Sql {
  if (filter.state === 'revoked') return SHUT_OUT_PASS;
  return filter.state === 'expired' ? sql.either(RUN_OUT, LAPSED_PASS) : LAPSED_PASS;
}

const LAPSED_COLUMNS = sql`s.id, s.user_id, s.device_id, s.user_agent_id, s.ip, s.login_method, s.remember_me, s.epoch,
  s.user_epoch, s.created_at, s.last_activity_at, s.activity_bucket, s.country, s.region, s.city, s.isp,
  s.location_check, s.ended_at, s.end_reason, s.ended_by, s.revocation_id, s.state, s.final`;

/** Where few have run out, each by itself: all others may just have been revoked. */
const RUN_OUT = sql`(
  with few as materialized (select d as id from tomo.run_out(now()) d limit ${GATHER + 1}::bigint)
  select ${LAPSED_COLUMNS} from ${VERDICTS}
   where (select count(*) <= ${GATHER} from few) and s.id = any(array(select few.id from few)) and s.open and not s.live
  union all
  select ${LAPSED_COLUMNS} from ${LAPSED_PASS} where (select count(*) > ${GATHER} from few)) s`;

/** That such a session `s` is of the selection. */
export function isUnwritten(selection: Selection): Sql {
  const { state } = selection.filter;
  const ofState = state === 'all' || state === 'ended' ? sql`true` : sql`s.state = ${state}`;
  return sql.and(isOpenToo(selection) ? ofState : sql`false`, ...besides(selection));
}

/** Open sessions that may be of the state, by the indexes that know them as dead. */
function deadOf({ filter }: Selection): Sql {
  const by: Partial<Record<StateFilter, Sql>> = {
    revoked: sql`tomo.shut_out(now())`,
    expired: sql`tomo.run_out(now())`,
  };
  return by[filter.state] ?? sql`tomo.lapsed(now())`;
}

function reasonsOf({ filter }: Selection): readonly string[] {
  return REASONS[filter.state] ?? END_REASONS;
}

function isOpenToo({ filter }: Selection): boolean {
  return !WRITTEN_AT_ONCE.includes(filter.state);
}
