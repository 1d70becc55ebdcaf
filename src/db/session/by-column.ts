import type { Session } from '../../model/session.ts';
import type { ByColumn, ColumnPage } from '../list/row-source.ts';
import type { Transaction } from '../port/database.ts';
import { type Sql, selectRows, sql } from '../port/sql.ts';
import { besides } from './conditions.ts';
import { countSessionsTo } from './count.ts';
import { AGENT_AND_DEVICE, LIVE_PASS } from './json.ts';
import type { Selection } from './selection.ts';
import { selectSessionsById } from './sessions.ts';

const timeout = (key: string) => sql`(select k.${sql.raw(key)} from tomo.cuts(now()) k)`;
const DEVICE = sql`nullif(concat_ws(' on ', a.browser, a.os), '')`;
/** A key, and what it is taken from beside the session. */
interface Key {
  type: 'text' | 'timestamptz' | 'boolean';
  key: Sql;
  from: Sql;
}

const text = (value: Sql, from = sql``): Key => ({
  type: 'text',
  key: sql`nullif(${value}, '') collate tomo.natural`,
  from,
});
const time = (key: Sql): Key => ({ type: 'timestamptz', key, from: sql`` });
const USER = sql`join tomo.users u on u.id = s.user_id`;
const AGENT = sql`left join tomo.user_agents a on a.id = s.user_agent_id`;

/** What a live session `s` is sorted by: as lists show it. */
const KEYS: Readonly<Record<string, Key>> = {
  id: text(sql`s.id::text`),
  user: text(sql`u.username`, USER),
  device: text(sql`coalesce(d.label, ${DEVICE}, left(a.raw, 60), 'unknown')`, AGENT_AND_DEVICE),
  ip: text(sql`host(s.ip)`),
  login: time(sql`s.created_at`),
  activity: time(sql`s.last_activity_at`),
  expires: time(sql`tomo.runs_out(s.last_activity_at, s.created_at, case when s.remember_me
    then ${timeout('remember_me_timeout')} else ${timeout('session_timeout')} end, ${timeout('session_max_lifetime')})`),
  method: text(sql`s.login_method`),
  remember: { type: 'boolean', key: sql`s.remember_me`, from: sql`` },
  place: text(sql`concat_ws(', ', nullif(s.city, ''), nullif(s.country, ''))`),
  country: text(sql`s.country`),
  region: text(sql`s.region`),
  city: text(sql`s.city`),
  isp: text(sql`s.isp`),
  browser: text(sql`a.browser`, AGENT),
  os: text(sql`a.os`, AGENT),
  form: text(sql`a.form_factor`, AGENT),
  'user-agent': text(sql`a.raw`, AGENT),
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
  const { key, type, from } = by;
  const behind =
    after && beyond(key, rising, after.key === null ? null : sql`${after.key}::${sql.raw(type)}`, after.id);
  // in passes, by hash; where it fails, so does the page
  tx.script(`set local enable_nestloop = off; set local work_mem = '64MB'`).catch(() => {});
  const chosen = selectRows<{ id: string; key: string | null }>(tx)`
    select s.id, (${key})::text as key
      from ${LIVE_PASS} ${from}
     where ${sql.and(...besides(selection), behind)}
     order by ${key} ${sql.raw(rising ? 'asc' : 'desc')} nulls last, s.id limit ${limit}::bigint`;
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

function beyond(key: Sql, rising: boolean, at: Sql | null, id: string): Sql {
  const later = sql`s.id > ${id}::uuid`;
  if (at === null) return sql`${key} is null and ${later}`;
  return sql`(${key} ${sql.raw(rising ? '>' : '<')} ${at} or ${key} = ${at} and ${later} or ${key} is null)`;
}
