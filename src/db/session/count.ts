import type { Transaction } from '../port/database.ts';
import { type Sql, selectRow, selectValue, sql } from '../port/sql.ts';
import { allConditions, besides, source } from './conditions.ts';
import { endedSource, isOfEnded, unwrittenEnds, writtenEnds } from './ended.ts';
import { LIVE_PASS } from './json.ts';
import { areFewLapsed, WITH_FEW } from './lapsed.ts';
import type { Selection } from './selection.ts';

/** `from … where …` of the sessions `s` of a selection. */
export function selected(selection: Selection): Sql {
  return isOfEnded(selection)
    ? endedSource(selection)
    : sql`from ${source(selection)} where ${allConditions(selection)}`;
}

/**
 * Where sessions `s` are counted: in parts that have none in common, and without those of `but`, which are
 * among them; WITH_FEW.
 */
interface Counted {
  parts: readonly [Sql, ...Sql[]];
  but: Sql | null;
}

/**
 * Where a selection is counted: in plain tables, so that an index alone may answer and several processes share the
 * work, and whether each session is live need not be worked out.
 */
async function countedIn(tx: Transaction, selection: Selection): Promise<Counted> {
  const { filter, userIds, related } = selection;
  if (isOfEnded(selection)) return { parts: [writtenEnds(selection), unwrittenEnds(selection)], but: null };
  if (filter.state === 'all' && !filter.liveSince)
    return { parts: [sql`from tomo.sessions s where ${allConditions(selection)}`], but: null };
  // those are few, and found by what is named
  if (filter.state !== 'active' || userIds || related || filter.idPrefix !== undefined)
    return { parts: [selected(selection)], but: null };
  const chosen = besides(selection);
  if (!(await areFewLapsed(tx))) return { parts: [sql`from ${LIVE_PASS} where ${sql.and(...chosen)}`], but: null };
  const open = sql`from tomo.sessions s where ${sql.and(sql`s.ended_at is null`, ...chosen)}`;
  return { parts: [open], but: sql`${open} and s.id in (select id from few)` };
}

/** How many sessions. `last`: nothing is asked after it. */
export async function countSessions(tx: Transaction, selection: Selection, last = false): Promise<number> {
  if (selection.empty) return 0;
  const { parts, but } = await countedIn(tx, selection);
  const n = (from: Sql) => sql`(select count(*) ${from})`;
  if (last) tx.last();
  return selectValue<number>(tx)`
    ${but ? WITH_FEW : sql``} select (${sql.join(parts.map(n), ' + ')} ${but ? sql`- ${n(but)}` : sql``})::int as sessions`;
}

/** How many sessions of how many users. */
export async function countSessionsAndUsers(tx: Transaction, selection: Selection) {
  if (selection.empty) return { sessions: 0, users: 0 };
  const { parts, but } = await countedIn(tx, selection);
  const [first, ...others] = parts;
  const ofUsers = (from: Sql) => sql`select s.user_id, count(*) as n ${from} group by s.user_id`;
  const one =
    others.length === 0
      ? first
      : sql`from (${sql.join(
          parts.map((from) => sql`select s.user_id ${from}`),
          ' union all ',
        )}) s`;
  // of a user who has no others, none is left
  const gone = sql`from (${ofUsers(but ?? sql`${first} and false`)}) x`;
  // by hash: the planner, which cannot know how many are live, would sort a million; where it fails, so does the count
  const hashed = but === null;
  tx.script(`set local work_mem = '64MB'${hashed ? '; set local enable_sort = off' : ''}`).catch(() => {});
  const counted = selectRow<{ sessions: number; users: number }>(tx)`
    ${but ? WITH_FEW : sql``} select (a.sessions - g.sessions)::int as sessions, (a.users - g.users)::int as users
      from (select coalesce(sum(n), 0) as sessions, count(*) as users from (${ofUsers(one)}) x) a,
           (select coalesce(sum(n), 0) as sessions,
                   count(*) filter (where n = (select count(*) ${first} and s.user_id = x.user_id)) as users ${gone}) g`;
  // what is asked next is planned as ever
  tx.script(`set local work_mem to default${hashed ? '; set local enable_sort to default' : ''}`).catch(() => {});
  return counted;
}

/** How many; counting stops at `cap`. */
export async function countSessionsTo(tx: Transaction, selection: Selection, cap: number): Promise<number> {
  if (selection.empty) return 0;
  return selectValue<number>(tx)`select count(*)::int from (select ${selected(selection)} limit ${cap}::bigint) x`;
}

/** How many of a selection of revoked sessions no revocation keeps out for good. */
export async function selectRestorable(tx: Transaction, selection: Selection): Promise<number> {
  if (selection.empty) return 0;
  const forGood = sql`h join tomo.revocations r on r.id = h
     where tomo.restorable_until(r.at, r.compromised) > now() is not true`;
  // one kind after the other: a cluster cannot unite them for a session
  return selectValue<number>(tx)`select count(*)::int ${selected(selection)} and not s.final
     and not exists (select from tomo.holders_of_all(s.epoch) ${forGood})
     and not exists (select from tomo.holders_of_user(s.user_id, s.user_epoch) ${forGood})
     and not exists (select from tomo.holders_of_chosen(s.user_id, s.id) ${forGood})`;
}
