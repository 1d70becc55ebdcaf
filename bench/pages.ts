import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, read } from '../src/db/port/database.ts';
import { openDatabase } from '../src/db/port/open.ts';
import { listSessions, SESSIONS } from '../src/domain/session/list.ts';
import type { Session, SessionFilter, SessionSort } from '../src/model/session.ts';
import type { Copy, Scale } from './data.ts';
import { digits, printTable, repeat } from './measure.ts';
import { record } from './recorder.ts';
import { WORK } from './server.ts';

const SORTS: SessionSort[] = ['activity', 'idle', 'login'];
const PAGE = 50;
const RUNS = 7;

/** What is asked, and how many milliseconds it may take. */
interface Question {
  name: string;
  filter: SessionFilter;
  target: number;
}

/** List pages for every filter and sort: the first, a deep one, and the first right after revoke-all. */
export async function benchPages(copy: Copy, scale: Scale, plans: boolean): Promise<void> {
  const db = await openDatabase({ kind: 'postgres', url: copy.url, env: {} });
  try {
    const questions = await makeQuestions(db, copy);
    await firstPages(db, `First page of ${PAGE}, ${scale.name}`, `${scale.name}-first`, questions, plans);
    await deepPages(db, scale, plans);
    await db.query(
      `select tomo.revoke_all('{"osUser": "bench"}', 'benchmark', array(select id from tomo.live_sessions limit 1))`,
    );
    const after = questions
      .filter(({ filter }) => filter.state === 'active')
      .map((question) => ({ ...question, target: 5 }));
    await firstPages(db, `Right after revoke-all (one kept), ${scale.name}`, `${scale.name}-revoked`, after, plans);
  } finally {
    await db.close();
  }
}

async function makeQuestions(db: Database, { madeAt }: Copy): Promise<Question[]> {
  const [row] = await db.query<{ ip: string; user: string; age: number }>(`
    select (select host(ip) from tomo.live_sessions where ip << '10.200.0.0/13' limit 1) as ip,
           (select username from tomo.users order by username offset (select count(*) / 2 from tomo.users) limit 1) as user,
           extract(epoch from now() - at)::int as age from bench.made`);
  if (!row) throw new Error('no data');
  const ago = (hours: number) => new Date(madeAt.getTime() - hours * 3_600_000).toISOString();
  const active = (name: string, filter: Partial<SessionFilter>, target = 50): Question => ({
    name,
    filter: { state: 'active', ...filter },
    target,
  });
  return [
    active('none', {}),
    active('user', { users: [row.user] }),
    active('user, hot', { users: ['user0000001'] }),
    active('ip', { ips: [row.ip] }),
    active('ip /24', { ips: ['10.0.0.0/24'] }),
    active('ip /16, hot', { ips: ['10.0.0.0/16'] }),
    active('ip /8', { ips: ['10.0.0.0/8'] }),
    active('ip /32 v6, hot', { ips: ['2001:db8::/32'] }),
    active('ip, none', { ips: ['192.0.2.0/24'] }, 5),
    active('since 1 h', { since: ago(1) }),
    active('since 12 h', { since: ago(12) }),
    active('since tomorrow, none', { since: ago(-24) }, 5),
    active('until 1 h ago', { until: ago(1) }),
    active('until 20 d ago', { until: ago(480) }),
    active('until 90 d ago, none', { until: ago(90 * 24) }, 5),
    active('idle 30 min', { idleFor: row.age + 1800 }),
    active('idle 20 d', { idleFor: row.age + 20 * 86_400 }),
    active('idle 60 d, none', { idleFor: row.age + 60 * 86_400 }, 5),
    active('device, common', { devices: ['firefox'] }),
    active('device, rare', { devices: ['konqueror'] }),
    active('device, none', { devices: ['netscape'] }, 5),
    active('country, common', { countries: ['DE'] }),
    active('country, rare', { countries: ['IS'] }),
    active('country, none', { countries: ['ZZ'] }, 5),
    active('method, common', { methods: ['password'] }),
    active('method, none', { methods: ['carrier-pigeon'] }, 5),
    active('user + device', { users: ['user0000001'], devices: ['firefox'] }),
    active('hot /16 + country', { ips: ['10.0.0.0/16'], countries: ['DE'] }),
    { name: 'state all', filter: { state: 'all' }, target: 50 },
    { name: 'state revoked', filter: { state: 'revoked' }, target: 50 },
    { name: 'state expired', filter: { state: 'expired' }, target: 50 },
    { name: 'live in a past night', filter: { state: 'all', liveSince: ago(36), liveUntil: ago(28) }, target: 50 },
    { name: 'state all, user, hot', filter: { state: 'all', users: ['user0000001'] }, target: 50 },
  ];
}

async function firstPages(
  db: Database,
  title: string,
  label: string,
  questions: Question[],
  plans: boolean,
): Promise<void> {
  const rows = [];
  for (const { name, filter, target } of questions) {
    const cells = [];
    // ended sessions are asked for by login, the default for them
    for (const sort of filter.state === 'active' ? SORTS : (['login'] as const)) {
      cells.push(await measure(db, filter, sort, undefined, target));
      if (plans) await savePlan(db, filter, sort, undefined, `${label}-${name}-${sort}`);
    }
    while (cells.length < SORTS.length) cells.unshift('');
    const total = filter.state === 'active' ? await measure(db, filter, 'activity', undefined, target, true) : '';
    rows.push([name, `< ${target}`, ...cells, total]);
  }
  printTable(`${title} (ms; **missed**)`, ['filter', 'target', ...SORTS, 'activity + count up to 10,000'], rows);
}

async function measure(
  db: Database,
  filter: SessionFilter,
  sort: SessionSort,
  after: string | undefined,
  target: number,
  withTotal = false,
): Promise<string> {
  try {
    const sample = await repeat(RUNS, () => listSessions(db, filter, { sort, limit: PAGE, after, withTotal }));
    return sample.median < target
      ? sample.toString()
      : `**${digits(sample.median)}** (${digits(sample.min)}–${digits(sample.max)})`;
  } catch (error) {
    if (error instanceof Error) return `**${error.message.slice(0, 40)}**`;
    throw error;
  }
}

/** Filters that match many, and the same in SQL. */
const DEEP: [name: string, filter: SessionFilter, condition: string][] = [
  ['none', { state: 'active' }, 'true'],
  ['ip /8', { state: 'active', ips: ['10.0.0.0/8'] }, `ip <<= '10.0.0.0/8'`],
  ['ip /16, hot', { state: 'active', ips: ['10.0.0.0/16'] }, `ip <<= '10.0.0.0/16'`],
  ['country, common', { state: 'active', countries: ['DE'] }, `country = 'DE'`],
  ['method, common', { state: 'active', methods: ['password'] }, `login_method = 'password'`],
  ['state all', { state: 'all' }, 'true'],
];

/** A page far behind: page 60,000 where there is one, else three quarters of the way. */
async function deepPages(db: Database, scale: Scale, plans: boolean): Promise<void> {
  const rows = [];
  for (const [name, filter, condition] of DEEP) {
    for (const sort of filter.state === 'active' ? SORTS : (['login'] as const)) {
      const { row, cursor } = await placeOf(db, filter, condition, sort);
      const first = await measure(db, filter, sort, undefined, Number.POSITIVE_INFINITY);
      rows.push([
        name,
        sort,
        Math.round(row / PAGE).toLocaleString('en'),
        first,
        await measure(db, filter, sort, cursor, 50),
      ]);
      if (plans) await savePlan(db, filter, sort, cursor, `${scale.name}-deep-${name}-${sort}`);
    }
  }
  printTable(
    `A page deep in the list, ${scale.name} (ms; **missed**, target < 50 and as page 1)`,
    ['filter', 'sort', 'page', 'page 1', 'deep page'],
    rows,
  );
}

/** The cursor of a row found by counting, which the program itself never does. */
async function placeOf(
  db: Database,
  filter: SessionFilter,
  condition: string,
  sort: SessionSort,
): Promise<{ row: number; cursor: string }> {
  const table = filter.state === 'active' ? 'tomo.live_sessions' : 'tomo.sessions';
  const key = sort === 'login' ? 'created_at' : 'last_activity_at';
  const order = sort === 'idle' ? 'asc' : 'desc';
  const [found] = await db.query<{ row: number; session: Session }>(`
    with n as (select least(${60_000 * PAGE}, floor(count(*) * 0.75))::int as n from ${table} where ${condition})
    select n as row, (select json_build_object('id', id, 'createdAt', created_at, 'lastActivityAt', last_activity_at)
                        from ${table} where ${condition} order by ${key} ${order}, id ${order} offset n limit 1) as session from n`);
  if (!found) throw new Error('no data');
  return { row: found.row, cursor: SESSIONS.cursor(found.session, sort) };
}

/** What listSessions runs, each statement explained. */
async function savePlan(
  db: Database,
  filter: SessionFilter,
  sort: SessionSort,
  after: string | undefined,
  label: string,
): Promise<void> {
  const { db: recording, statements } = record(db);
  const text = await listSessions(recording, filter, { sort, limit: PAGE, after, withTotal: false })
    .then(() =>
      read(db, async (tx) => {
        const parts: string[] = [];
        for (const { kind, sql, params } of statements) {
          if (kind === 'script') await tx.script(sql);
          const plan =
            kind === 'query' ? await tx.query<Record<string, string>>(`explain (analyze, buffers) ${sql}`, params) : [];
          parts.push(`${sql}\n\n${JSON.stringify(params)}\n\n${plan.map((row) => row['QUERY PLAN']).join('\n')}\n`);
        }
        return parts.join('\n----\n\n');
      }),
    )
    .catch((error: Error) => error.message);
  const folder = join(WORK, 'plans');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${label.replaceAll(/[^a-z0-9]+/gi, '-')}.txt`), text);
}
