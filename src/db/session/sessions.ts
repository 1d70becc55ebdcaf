import type { Session, SessionFilter, SessionSort } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { cappedCountStatement, countStatement } from './count.ts';
import { SESSION_JOINS, SESSION_JSON, STATE } from './json.ts';
import { type Cursor, pageStatement } from './page.ts';
import { chooseReading } from './reading.ts';
import { prepareSelection, type Selection } from './selection.ts';

interface JsonRow {
  json: string;
}

/** One page, whether there is more behind it, and then, with `countTo`, how many there are in all, counted so far. */
export async function selectSessions(
  tx: Transaction,
  filter: SessionFilter,
  sort: SessionSort,
  page: { after: Cursor | null; limit: number; countTo?: number },
): Promise<{ sessions: Session[]; more: boolean; total: number | null }> {
  const selection = await prepareSelection(tx, filter);
  if (selection.empty) return { sessions: [], more: false, total: 0 };
  const reading = filter.state === 'active' ? await chooseReading(tx, selection) : 'walk';
  if (reading === 'nothing') return { sessions: [], more: false, total: 0 };
  const { sql, params } = pageStatement(selection, sort, page.after, page.limit + 1, reading);
  const rows = await tx.query<JsonRow>(sql, params);
  const more = rows.length > page.limit;
  const sessions = rows.slice(0, page.limit).map((row) => JSON.parse(row.json) as Session);
  return {
    sessions,
    more,
    total: more && page.countTo !== undefined ? await countUpTo(tx, selection, page.countTo) : null,
  };
}

async function countUpTo(tx: Transaction, selection: Selection, cap: number): Promise<number> {
  const { sql, params } = cappedCountStatement(selection, cap);
  const [row] = await tx.query<{ n: number }>(sql, params);
  return row?.n ?? 0;
}

/** Every session the filter selects, as the JSON text of each, streamed. */
export async function* streamSessions(
  tx: Transaction,
  filter: SessionFilter,
  sort: SessionSort,
  after: Cursor | null,
): AsyncIterable<string> {
  const selection = await prepareSelection(tx, filter);
  if (selection.empty) return;
  const { sql, params } = pageStatement(selection, sort, after, null);
  yield* tx.lines(sql, params);
}

/** How many sessions of how many users. */
export async function countSessions(
  tx: Transaction,
  filter: SessionFilter,
): Promise<{ sessions: number; users: number }> {
  const selection = await prepareSelection(tx, filter);
  if (selection.empty) return { sessions: 0, users: 0 };
  const { sql, params } = countStatement(selection);
  const [row] = await tx.query<{ sessions: number; users: number }>(sql, params);
  return row ?? { sessions: 0, users: 0 };
}

/** Sessions in any state, of this user or (null) of anybody, whose id lies in a range of ids, at most `limit`; newest login first. */
export async function selectSessionsByIdRange(
  tx: Transaction,
  { from, to, userId }: { from: string; to: string; userId: string | null },
  limit: number,
): Promise<Session[]> {
  const rows = await tx.query<JsonRow>(
    `select ${SESSION_JSON(STATE)}::text as json
       from tomo.sessions s ${SESSION_JOINS}
      where s.id between $1::uuid and $2::uuid and ($3::uuid is null or s.user_id = $3::uuid) order by s.created_at desc, s.id limit $4`,
    [from, to, userId, limit],
  );
  return rows.map((row) => JSON.parse(row.json) as Session);
}

/** The sessions with these ids that exist, in any state and order. */
export async function selectSessionsById(tx: Transaction, ids: string[]): Promise<Session[]> {
  const rows = await tx.query<JsonRow>(
    `select ${SESSION_JSON(STATE)}::text as json from tomo.sessions s ${SESSION_JOINS} where s.id = any($1::uuid[])`,
    [ids],
  );
  return rows.map((row) => JSON.parse(row.json) as Session);
}
