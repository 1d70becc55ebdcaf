import type { Session } from '../../model/session.ts';
import {
  addressKey,
  always,
  booleanKey,
  constant,
  type Key,
  type Keys,
  mergeKeys,
  numberKey,
  type Part,
  pageOfKeys,
  partsByValue,
  selectKeys,
  textKey,
  timeKey,
} from '../list/by-column.ts';
import type { ByColumn, ColumnPage, RowKey } from '../list/row-source.ts';
import type { Transaction } from '../port/database.ts';
import { type Sql, sql } from '../port/sql.ts';
import { allConditions, besides } from './conditions.ts';
import { countSessionsTo } from './count.ts';
import { END_REASONS, isOfEnded, isUnwritten, isWritten, unwritten } from './ended.ts';
import { LIVE_PASS, VERDICTS } from './json.ts';
import type { Selection } from './selection.ts';
import { selectSessionsById } from './sessions.ts';

const timeout = (key: string) => sql`(select k.${sql.raw(key)} from tomo.cuts(now()) k)`;
const AGENT = sql`left join tomo.user_agents a on a.id = s.user_agent_id`;
const DEVICE = sql`nullif(concat_ws(' on ', a.browser, a.os), '')`;

/** When a live session runs out. */
const EXPIRES = sql`tomo.runs_out(s.last_activity_at, s.created_at, case when s.remember_me
  then ${timeout('remember_me_timeout')} else ${timeout('session_timeout')} end, ${timeout('session_max_lifetime')})`;

const REMEMBER: Key = {
  ...always(booleanKey(sql`s.remember_me`)),
  values: [false, true].map((value) => ({
    value: sql.raw(String(value)),
    has: sql`s.remember_me = ${sql.raw(String(value))}`,
  })),
};

/** What a session `s` is sorted by that may be live or not: as lists show it. `end`: what is known of its end. */
const keysOf = (end: Keys): Keys => ({
  id: always(textKey(sql`s.id::text`)),
  user: textKey(sql`u.username`, sql`join tomo.users u on u.id = s.user_id`),
  // few have a label
  device: textKey(
    sql`coalesce(d.label, ${DEVICE}, left(a.raw, 60), 'unknown')`,
    sql`${AGENT} left join tomo.devices d on d.user_id = s.user_id and d.id = s.device_id and d.label is not null`,
  ),
  ip: addressKey(sql`s.ip`),
  login: always(timeKey(sql`s.created_at`)),
  activity: always(timeKey(sql`s.last_activity_at`)),
  method: textKey(sql`s.login_method`),
  remember: REMEMBER,
  place: textKey(sql`concat_ws(', ', nullif(s.city, ''), nullif(s.country, ''))`),
  country: textKey(sql`s.country`),
  region: textKey(sql`s.region`),
  city: textKey(sql`s.city`),
  isp: textKey(sql`s.isp`),
  browser: textKey(sql`a.browser`, AGENT),
  os: textKey(sql`a.os`, AGENT),
  form: textKey(sql`a.form_factor`, AGENT),
  'user-agent': textKey(sql`a.raw`, AGENT),
  ...end,
});

const NEVER = constant(timeKey(sql`null::timestamptz`));
const OF_LIVE = keysOf({
  expires: timeKey(EXPIRES),
  state: constant(textKey(sql`'active'`)),
  ended: NEVER,
  reason: constant(textKey(sql`null::text`)),
  by: constant(textKey(sql`null::text`)),
  revocation: constant(numberKey(sql`null::bigint`)),
});
const ENDS = {
  ended: timeKey(sql`s.ended_at`),
  reason: textKey(sql`s.end_reason`),
  by: textKey(sql`s.ended_by`),
  revocation: numberKey(sql`s.revocation_id`),
};
/** What follows from how a session has ended. */
function byReason(value: (reason: string) => Sql): Key {
  const values = END_REASONS.map((reason) => ({
    value: textKey(value(reason)).key,
    has: sql`s.end_reason = ${sql.raw(`'${reason}'`)}`,
  }));
  return { ...textKey(sql``), values };
}
const OF_WRITTEN = keysOf({
  ...ENDS,
  ended: always(ENDS.ended),
  expires: NEVER,
  reason: byReason((reason) => sql`${sql.raw(`'${reason}'`)}`),
  state: byReason((reason) => sql`${sql.raw(reason === 'logout' ? `'logged-out'` : `'${reason}'`)}`),
});
const OF_LAPSED = keysOf({ ...ENDS, expires: NEVER, state: textKey(sql`s.state`) });
const OF_ANY = keysOf({
  ...ENDS,
  expires: timeKey(sql`case when s.live then s.expires_at end`),
  state: textKey(sql`s.state`),
});

/** The sessions of a selection, in parts: whatever can be read from the rows themselves is, and worked out for few. */
function partsOf(selection: Selection): { keys: Keys; from: Sql; where: Sql }[] {
  const live = { keys: OF_LIVE, from: LIVE_PASS, where: sql.and(...besides(selection)) };
  const written = { keys: OF_WRITTEN, from: sql`tomo.sessions s`, where: isWritten(selection) };
  const dead = { keys: OF_LAPSED, from: unwritten(selection), where: isUnwritten(selection) };
  const { filter, userIds } = selection;
  if (filter.state === 'active') return [live];
  if (isOfEnded(selection)) return [written, dead];
  const ofAll = filter.state === 'all' && !filter.liveSince && userIds === null && filter.idPrefix === undefined;
  if (ofAll) return [live, written, dead];
  return [{ keys: OF_ANY, from: VERDICTS, where: allConditions(selection) }];
}

const TIE = [{ column: sql`s.id`, type: 'uuid' }] as const;

/** The first sessions in order of a column, behind a place; what is not known comes last. Null: not by this column. */
export async function selectSessionsByColumn(
  tx: Transaction,
  selection: Selection,
  { column, ...place }: ByColumn,
  limit: number,
  cap: number,
): Promise<ColumnPage<Session> | null> {
  const parts = partsOf(selection).flatMap(({ keys, ...part }) => {
    const by = keys[column];
    return by ? partsByValue({ ...part, by }) : [];
  });
  const [first] = parts;
  // what each has in common with another is in no row
  if (selection.related || !first) return null;
  if (selection.empty) return { rows: [], keys: [], total: null };
  const found = await Promise.all(parts.map((part) => keysOfPart(tx, part, column, place, limit)));
  const keys = await mergeKeys(tx, found, first.by, TIE, place.rising, limit);
  tx.last();
  return pageOfKeys(keys, limit, {
    read: (ids) => selectSessionsById(tx, ids),
    tieOf: ({ id }) => id,
    count: () => countSessionsTo(tx, selection, cap),
  });
}

/**
 * Those that are live in one pass, as they lie in the table and by hash; in order of users or addresses, by the index.
 */
function keysOfPart(
  tx: Transaction,
  part: Part,
  column: string,
  place: Omit<ByColumn, 'column'>,
  limit: number,
): Promise<RowKey[]> {
  const pass = part.from === LIVE_PASS && !['user', 'ip'].includes(column) && !part.by.constant;
  const set = (to: string, memory: string) => {
    const scans = pass ? `set local enable_nestloop ${to}; set local enable_indexscan ${to};` : '';
    tx.script(`${scans} set local work_mem ${memory}`).catch(() => {});
  };
  // where it fails, so does the page
  set('= off', `= '64MB'`);
  const keys = selectKeys(tx, part, TIE, place, limit);
  set('to default', 'to default');
  return keys;
}
