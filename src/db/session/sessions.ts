import type { Session, SessionFilter, SessionSort, TomoSession } from '../../model/session.ts';
import type { IdRange } from '../list/id-range.ts';
import type { Along, Page } from '../list/row-source.ts';
import { selectPage } from '../list/rows.ts';
import type { Start } from '../list/start.ts';
import type { Transaction } from '../port/database.ts';
import { selectJson, streamJson } from '../port/sql.ts';
import { selected } from './count.ts';
import { AGENT_AND_DEVICE, SESSION_JSON, VERDICTS } from './json.ts';
import { pageStatement } from './page.ts';
import { chooseReading } from './reading.ts';
import { prepareSelection, type Selection } from './selection.ts';

/** The first sessions of a selection behind a place. */
export async function selectPageOfSessions(
  tx: Transaction,
  selection: Selection,
  place: Start<SessionSort>,
  limit: number,
  along?: Along,
): Promise<Page<Session>> {
  const live = selection.filter.state === 'active';
  const reading = live && !selection.empty ? await chooseReading(tx, selection, place.sort) : 'walk';
  if (selection.empty || reading === 'nothing') return { rows: [], total: null };
  const byIndex = live && (reading === 'left' || (reading === 'walk' && !selection.filter.until));
  const scans = (set: string): void => {
    tx.script(`set local enable_seqscan ${set}; set local enable_bitmapscan ${set}`).catch(() => {});
  };
  // where it fails, so does the page
  if (byIndex) scans('= off');
  const page = selectPage<Session>(
    tx,
    pageStatement(selection, place, limit, reading),
    limit,
    selected(selection),
    along,
  );
  // what is asked next is planned as ever
  if (byIndex && !along?.last) scans('to default');
  return page;
}

/** All of them as JSON text; nothing is asked after it. */
export async function* streamSessions(
  tx: Transaction,
  selection: Selection,
  place: Start<SessionSort>,
): AsyncIterable<string> {
  if (selection.empty) return;
  // of everybody's sessions each user, device and agent would be looked up one by one
  if (selection.userIds === null && selection.filter.idPrefix === undefined && selection.related === null)
    tx.script('set local enable_nestloop = off').catch(() => {});
  tx.last();
  yield* streamJson(tx)`${pageStatement(selection, place, null)}`;
}

/** The first ones that a filter selects. */
export async function selectFirstSessions(
  tx: Transaction,
  filter: SessionFilter,
  sort: SessionSort,
  limit: number,
): Promise<Session[]> {
  const place = { sort, after: null };
  return (await selectPageOfSessions(tx, await prepareSelection(tx, filter), place, limit)).rows;
}

/** Sessions in any state, of this user or (null) of anybody, whose id lies in a range; newest login first. */
export function selectSessionsByIdRange(
  tx: Transaction,
  { from, to, userId }: IdRange & { userId: string | null },
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
