import type { Session } from '../../model/session.ts';
import { beyond, inOrder, type Key, textKey, timeKey } from '../list/by-column.ts';
import type { ByColumn, ColumnPage } from '../list/row-source.ts';
import type { Transaction } from '../port/database.ts';
import { selectRows, sql } from '../port/sql.ts';
import { besides } from './conditions.ts';
import { countSessionsTo } from './count.ts';
import { AGENT_AND_DEVICE, LIVE_PASS } from './json.ts';
import type { Selection } from './selection.ts';
import { selectSessionsById } from './sessions.ts';

const timeout = (key: string) => sql`(select k.${sql.raw(key)} from tomo.cuts(now()) k)`;
const DEVICE = sql`nullif(concat_ws(' on ', a.browser, a.os), '')`;
const USER = sql`join tomo.users u on u.id = s.user_id`;
const AGENT = sql`left join tomo.user_agents a on a.id = s.user_agent_id`;

/** What a live session `s` is sorted by: as lists show it. */
const KEYS: Readonly<Record<string, Key>> = {
  id: textKey(sql`s.id::text`),
  user: textKey(sql`u.username`, USER),
  device: textKey(sql`coalesce(d.label, ${DEVICE}, left(a.raw, 60), 'unknown')`, AGENT_AND_DEVICE),
  ip: textKey(sql`host(s.ip)`),
  login: timeKey(sql`s.created_at`),
  activity: timeKey(sql`s.last_activity_at`),
  expires: timeKey(sql`tomo.runs_out(s.last_activity_at, s.created_at, case when s.remember_me
    then ${timeout('remember_me_timeout')} else ${timeout('session_timeout')} end, ${timeout('session_max_lifetime')})`),
  method: textKey(sql`s.login_method`),
  remember: { type: 'boolean', key: sql`s.remember_me`, from: sql`` },
  place: textKey(sql`concat_ws(', ', nullif(s.city, ''), nullif(s.country, ''))`),
  country: textKey(sql`s.country`),
  region: textKey(sql`s.region`),
  city: textKey(sql`s.city`),
  isp: textKey(sql`s.isp`),
  browser: textKey(sql`a.browser`, AGENT),
  os: textKey(sql`a.os`, AGENT),
  form: textKey(sql`a.form_factor`, AGENT),
  'user-agent': textKey(sql`a.raw`, AGENT),
};

/** The first live sessions in order of a column, behind a place; what is not known comes last. `cap`: counted so far where they are more. Null: not by this column. */
export async function selectSessionsByColumn(
  tx: Transaction,
  selection: Selection,
  { column, rising, after }: ByColumn,
  limit: number,
  cap: number,
): Promise<ColumnPage<Session> | null> {
  const by = KEYS[column];
  if (selection.filter.state !== 'active' || selection.related || !by) return null;
  if (selection.empty) return { rows: [], keys: [], total: null };
  // in one pass, by hash; in order of users, from one to the next. Where it fails, so does the page
  const loops = by.from === USER ? 'on' : 'off';
  tx.script(`set local enable_nestloop = ${loops}; set local work_mem = '64MB'`).catch(() => {});
  const chosen = selectRows<{ id: string; key: string | null }>(tx)`
    select s.id, (${by.key})::text as key
      from ${LIVE_PASS} ${by.from}
     where ${sql.and(...besides(selection), beyond(by, sql`s.id`, rising, after))}
     ${inOrder(by, sql`s.id`, rising)} limit ${limit}::bigint`;
  tx.script('set local enable_nestloop to default; set local work_mem to default').catch(() => {});
  const keys = await chosen;
  tx.last();
  const ids = keys.map(({ id }) => id);
  const [found, total] = await Promise.all([
    selectSessionsById(tx, ids),
    keys.length === limit ? countSessionsTo(tx, selection, cap) : null,
  ]);
  const rows = new Map(found.map((session) => [session.id, session]));
  return { rows: keys.flatMap(({ id }) => rows.get(id) ?? []), keys, total };
}
