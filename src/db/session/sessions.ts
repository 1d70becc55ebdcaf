import type { Session, SessionFilter, SessionSort, TomoSession } from '../../model/session.ts';
import { countRows, type Rows } from '../list/rows.ts';
import type { Transaction } from '../port/database.ts';
import { selectJson, streamJson } from '../port/sql.ts';
import { countSessions, selected } from './count.ts';
import { AGENT_AND_DEVICE, SESSION_JSON, VERDICTS } from './json.ts';
import { pageStatement } from './page.ts';
import { chooseReading } from './reading.ts';
import { prepareSelection, type Selection } from './selection.ts';

/** The sessions of a selection. */
export const SESSION_ROWS: Rows<Selection, Session, SessionSort> = {
  async page(tx, selection, place, limit) {
    if (selection.empty) return [];
    const reading = selection.filter.state === 'active' ? await chooseReading(tx, selection) : 'walk';
    return reading === 'nothing' ? [] : selectJson<Session>(tx)`${pageStatement(selection, place, limit, reading)}`;
  },
  async *stream(tx, selection, place) {
    if (!selection.empty) yield* streamJson(tx)`${pageStatement(selection, place, null)}`;
  },
  async count(tx, selection, cap) {
    return cap === null ? (await countSessions(tx, selection)).sessions : countRows(tx, selected(selection), cap);
  },
};

/** The first ones that a filter selects. */
export async function selectFirstSessions(
  tx: Transaction,
  filter: SessionFilter,
  sort: SessionSort,
  limit: number,
): Promise<Session[]> {
  return SESSION_ROWS.page(tx, await prepareSelection(tx, filter), { sort, after: null }, limit);
}

/** Sessions in any state, of this user or (null) of anybody, whose id lies in a range; newest login first. */
export function selectSessionsByIdRange(
  tx: Transaction,
  { from, to, userId }: { from: string; to: string; userId: string | null },
  limit: number,
): Promise<Session[]> {
  return selectJson<Session>(tx)`select ${SESSION_JSON()}::text as json from ${VERDICTS} ${AGENT_AND_DEVICE}
      where s.id between ${from}::uuid and ${to}::uuid and (${userId}::uuid is null or s.user_id = ${userId}::uuid)
      order by s.created_at desc, s.id limit ${limit}::bigint`;
}

/** The sessions with these ids that exist, in any state and order. */
export function selectSessionsById(tx: Transaction, ids: readonly string[]): Promise<TomoSession[]> {
  return selectJson<TomoSession>(tx)`
    select ${SESSION_JSON()}::text as json from ${VERDICTS} ${AGENT_AND_DEVICE} where s.id = any(${ids}::uuid[])`;
}
