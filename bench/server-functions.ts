import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { fromPool } from '../src/db/port/pool.ts';
import { revokeByIds } from '../src/domain/revocation/revoke.ts';
import { listenForRevocations } from '../src/domain/server/listener.ts';
import type { Copy, Scale } from './data.ts';
import { digits, printTable, Sample } from './measure.ts';
import { WORK, withClient } from './server.ts';

const CLIENTS = 4;
const SECONDS = 5;
const ROUNDS = 3;
/** Users who have as many sessions as the limit allows. */
const FULL = 2000;
const LIMIT = 5;
/** Sessions that requests come in for; so few are written once a minute each, as on a busy server. */
const ACTIVE = 5000;
const AGENT = `'203.0.113.7', 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0'`;

/** Statements that pgbench runs over and over. `:n` is a random number of somebody or of a session. */
interface Load {
  name: string;
  /** What it is compared with, and the least share of that which it should reach. */
  of?: string;
  target?: number;
  numbers: number;
  sql: string;
  /** Settings that it runs with. */
  limit?: number;
}

/** What a server calls, against the least it could do: a plain insert for a login, `select 1` for a request. */
export async function benchServerFunctions(copy: Copy, scale: Scale): Promise<void> {
  const { users, live } = await withClient(copy.url, prepare);
  const login = (table: string) =>
    `select o.* from ${table} p, lateral tomo.open_session(p.id, ${AGENT}) o where p.n = :n`;
  const loads: Load[] = [
    {
      name: 'insert a session',
      numbers: users,
      sql: `insert into tomo.sessions (user_id, ip, user_agent_id) select id, '203.0.113.7', 1 from bench.people where n = :n`,
    },
    { name: 'open_session', of: 'insert a session', numbers: users, sql: login('bench.people') },
    {
      name: `open_session, limit ${LIMIT}, spread over ${users.toLocaleString('en')} users`,
      of: 'insert a session',
      target: 0.5,
      numbers: users,
      sql: login('bench.people'),
      limit: LIMIT,
    },
    {
      name: `open_session, limit ${LIMIT}, each evicts one`,
      of: 'insert a session',
      numbers: Math.min(FULL, users),
      sql: login('bench.full'),
      limit: LIMIT,
    },
    { name: 'select 1', numbers: live, sql: 'select 1' },
    { name: 'touch_session, only ask', of: 'select 1', target: 0.3, numbers: live, sql: touch(false) },
    { name: 'touch_session, throttled', of: 'select 1', target: 0.25, numbers: live, sql: touch(true) },
    {
      name: 'touch_session and record_activity',
      of: 'select 1',
      numbers: live,
      sql: `select tomo.record_activity(l.id, 'page', null, '/', 200) from bench.live l, lateral tomo.touch_session(l.id) t where l.n = :n and t.accepted`,
    },
  ];
  const rates = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const load of loads) {
      await withClient(copy.url, (client) =>
        client.query('update tomo.settings set max_sessions_per_user = $1', [load.limit ?? 0]),
      );
      rates.set(load.name, [...(rates.get(load.name) ?? []), pgbench(copy.url, load)]);
    }
  }
  const rows = loads.map(({ name, of, target }) => {
    const rate = new Sample(rates.get(name) ?? []);
    const base = of ? new Sample(rates.get(of) ?? []).median : rate.median;
    const ratio = rate.median / base;
    return [
      name,
      rate.toString(),
      target !== undefined && ratio < target ? `**${digits(ratio)}**` : digits(ratio),
      target === undefined ? '' : String(target),
    ];
  });
  printTable(
    `What a server calls: ${CLIENTS} clients, ${ROUNDS} × ${SECONDS} s in turn (pgbench), ${scale.name}`,
    ['', 'per second', 'ratio', 'target'],
    rows,
  );
  await benchListener(copy);
}

function touch(activity: boolean): string {
  return `select t.* from bench.live l, lateral tomo.touch_session(l.id, ${activity}) t where l.n = :n`;
}

async function prepare(client: pg.Client): Promise<{ users: number; live: number }> {
  await client.query(`
    create table bench.people as select row_number() over ()::int as n, id from tomo.users where is_active order by random();
    alter table bench.people add primary key (n);
    create table bench.full as select n, id from bench.people where n <= ${FULL};
    alter table bench.full add primary key (n);
    update tomo.sessions set ended_at = now(), end_reason = 'logout' where ended_at is null and user_id in (select id from bench.full);
    select count(*) from bench.full p, generate_series(1, ${LIMIT}) i, lateral tomo.open_session(p.id, ('192.0.2.' || i)::inet) o;
    create table bench.live as select row_number() over ()::int as n, id from (
      select id from tomo.live_sessions where user_id not in (select id from bench.full) order by random() limit ${ACTIVE}) s;
    alter table bench.live add primary key (n);
    update tomo.sessions s set last_activity_at = now() from bench.live l where l.id = s.id;
    analyze bench.people, bench.live, bench.full;`);
  const {
    rows: [row],
  } = await client.query(
    'select (select count(*)::int from bench.people) as users, (select count(*)::int from bench.live) as live',
  );
  return row;
}

function pgbench(url: string, { numbers, sql }: Load): number {
  mkdirSync(WORK, { recursive: true });
  const file = join(WORK, 'pgbench.sql');
  writeFileSync(file, `\\set n random(1, ${numbers})\n${sql};\n`);
  const { stdout, stderr } = spawnSync(
    'pgbench',
    ['-n', '-M', 'prepared', '-c', String(CLIENTS), '-j', '2', '-T', String(SECONDS), '-f', file, url],
    { encoding: 'utf8' },
  );
  const [, rate] = /^tps = ([\d.]+)/m.exec(stdout) ?? [];
  if (!rate || /failed transactions: [1-9]|ERROR/.test(stdout + stderr)) throw new Error(`pgbench: ${stderr}${stdout}`);
  return Number(rate);
}

/** From the answer to the commit of a revocation until the library's listener has been told. */
async function benchListener(copy: Copy): Promise<void> {
  const pool = new pg.Pool({ connectionString: copy.url, max: 4 });
  const db = fromPool(pool);
  const waiting = new Map<string, (at: number) => void>();
  const listener = await listenForRevocations(db, {
    onEnded: (ended) => {
      if (ended.scope === 'sessions') for (const id of ended.sessionIds) waiting.get(id)?.(performance.now());
    },
  });
  const { rows } = await pool.query<{ id: string }>('select id from tomo.live_sessions limit 500');
  const [sinceCall, sinceCommit]: [number[], number[]] = [[], []];
  for (const { id } of rows) {
    const told = new Promise<number>((resolve) => waiting.set(id, resolve));
    const called = performance.now();
    await revokeByIds(
      db,
      [id],
      { actor: { osUser: 'bench', host: 'bench' }, reason: null, compromised: false },
      { dryRun: false, expect: null },
    );
    const answered = performance.now();
    const heard = await told;
    sinceCall.push(heard - called);
    sinceCommit.push(heard - answered);
  }
  await listener.close();
  await pool.end();
  const cells = (values: number[]) => {
    const sample = new Sample(values);
    return [digits(sample.median), digits(sample.quantile(0.99)), digits(sample.max)];
  };
  printTable(
    `A revocation until the library's listener is told: ${rows.length} of one session, ms`,
    ['', 'median', 'p99', 'max'],
    [
      ['since revokeByIds was called', ...cells(sinceCall)],
      ['since it has answered (below 0: told before)', ...cells(sinceCommit)],
    ],
  );
}
