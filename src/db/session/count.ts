import { Params, type Statement } from '../port/sql.ts';
import { allConditions } from './conditions.ts';
import { LIVE_JOINS } from './json.ts';
import type { Selection } from './selection.ts';

/** The ids alone, behind a first column of the caller's, to freeze what a revocation takes. */
export function idsStatement(selection: Selection, firstParam: unknown): Statement {
  const params = new Params();
  const first = params.add(firstParam);
  return {
    sql: `select ${first}::bigint, s.id from tomo.sessions s ${LIVE_JOINS} where ${allConditions(selection, params)}`,
    params: params.values,
  };
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
