import type { Duplicates, Tally, UserTally } from '../../model/stats.ts';
import type { Transaction } from '../port/database.ts';
import type { PlainFigures, PlainQuestion } from '../port/figures.ts';
import { type Sql, selectRow, selectRows, selectValue, sql, streamJson } from '../port/sql.ts';
import { decodeDjangoSession } from './django-session.ts';
import { isOneOf } from './keys.ts';
import type { Mapping } from './mapping.ts';
import { parseUserAgent } from './user-agent.ts';
import { namesOf } from './users.ts';

/**
 * What there is to count, in the database where that can; memory grows with users only where a program has to read
 * whose a session is.
 */
export async function figuresOf(tx: Transaction, mapping: Mapping, question: PlainQuestion): Promise<PlainFigures> {
  const { user, only, live, dialect } = mapping;
  const ids = question.userIds;
  const at = await selectValue<string>(tx)`select ${dialect.json({ at: dialect.iso(dialect.now) })} as json`;
  const decoded = user?.decoded ? await decodedUsers(tx, mapping, user.decoded, question) : null;
  // of some users, where only a program knows which: the rest cannot be narrowed to them
  const hidden = decoded !== null && ids !== null;
  const theirs = ids && user ? isOneOf(mapping, user, ids) : sql`true`;
  const where = sql.and(only, live, theirs);
  const here = <T>(known: unknown, count: () => Promise<T>) => (known && !hidden ? count() : Promise.resolve(null));
  return {
    at: (JSON.parse(at) as { at: string }).at,
    ...(decoded ?? (await liveUsers(tx, mapping, where, question))),
    duplicates: user && !decoded && mapping.ip && mapping.agent ? await duplicates(tx, mapping, where, question) : [],
    devices: await here(mapping.agent, () => devices(tx, mapping, where)),
    addresses: await here(mapping.ip, () => addresses(tx, mapping, where, question)),
    networks: await here(mapping.ip, () => networks(tx, mapping, where, question)),
    expiry: await here(mapping.expires, () => expiry(tx, mapping, where)),
    logins: await here(mapping.created, () => logins(tx, mapping, sql.and(only, theirs), question.loginsSince)),
  };
}

interface Counted {
  id: string | null;
  sessions: number | bigint;
  addresses: number | bigint | null;
  devices: number | bigint | null;
  active: string | null;
}

type Users = Pick<PlainFigures, 'live' | 'users' | 'top' | 'scattered'>;

async function liveUsers(tx: Transaction, mapping: Mapping, where: Sql, { top, many }: PlainQuestion): Promise<Users> {
  const { user, table, dialect, ip, agent, active } = mapping;
  const whose = user ? dialect.text(user.value) : sql`null`;
  const total = await selectRow<{ n: number | bigint; users: number | bigint }>(tx)`
    select count(*) as n, count(distinct ${whose}) as users from ${table} s where ${where}`;
  const distinct = (value: Sql | null) => (value ? sql`count(distinct ${value})` : sql`null`);
  const counted = sql`select ${whose} as id, count(*) as sessions, ${distinct(ip?.text ?? null)} as addresses, ${distinct(agent)} as devices,
    ${active ? dialect.iso(sql`max(${active.value})`) : sql`null`} as active
    from ${table} s where ${sql.and(where, sql`${whose} is not null`)} group by 1`;
  const most = (condition: Sql, order: string) => selectRows<Counted>(tx)`
    select * from (${counted}) x where ${condition} order by ${sql.raw(order)} desc, id limit ${top}`;
  const busiest = user ? await most(sql`true`, 'sessions') : [];
  const scattered = user && ip ? await most(sql`addresses >= ${many.addresses}`, 'addresses') : [];
  const names = await namesOf(
    tx,
    mapping,
    [...busiest, ...scattered].flatMap(({ id }) => id ?? []),
  );
  const tally = ({ id, sessions, addresses, devices, active: latest }: Counted): UserTally => ({
    username: names.get(id ?? '') ?? id ?? '',
    sessions: Number(sessions),
    limit: null,
    countries: null,
    addresses: addresses === null ? null : Number(addresses),
    devices: devices === null ? null : Number(devices),
    lastActivityAt: latest,
  });
  return {
    live: Number(total.n),
    users: user ? Number(total.users) : null,
    top: busiest.map(tally),
    scattered: scattered.map(tally),
  };
}

async function decodedUsers(
  tx: Transaction,
  mapping: Mapping,
  payload: Sql,
  { userIds, top }: PlainQuestion,
): Promise<Users> {
  const { table, only, live, dialect } = mapping;
  const wanted = userIds && new Set(userIds);
  const counts = new Map<string, number>();
  let total = 0;
  for await (const line of streamJson(tx)`
    select ${dialect.json({ payload })} as json from ${table} s where ${sql.and(only, live)}`) {
    const text = (JSON.parse(line) as { payload: string | null }).payload;
    const id = text === null ? null : decodeDjangoSession(text);
    const known = id !== null && id !== 'unreadable';
    if (wanted && !(known && wanted.has(id))) continue;
    total += 1;
    if (known) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  const busiest = ranked(counts).slice(0, top);
  const names = await namesOf(
    tx,
    mapping,
    busiest.flatMap(({ name }) => name ?? []),
  );
  const unknown = { limit: null, countries: null, addresses: null, devices: null, lastActivityAt: null };
  return {
    live: total,
    users: counts.size,
    top: busiest.map(({ name, sessions }) => ({ username: names.get(name ?? '') ?? name ?? '', sessions, ...unknown })),
    scattered: [],
  };
}

function ranked(counts: ReadonlyMap<string | null, number>): Tally[] {
  return [...counts]
    .map(([name, sessions]) => ({ name, sessions }))
    .toSorted((a, b) => b.sessions - a.sessions || String(a.name).localeCompare(String(b.name)));
}

async function duplicates(
  tx: Transaction,
  mapping: Mapping,
  where: Sql,
  { top, many }: PlainQuestion,
): Promise<Duplicates[]> {
  const { user, table, dialect, ip, agent } = mapping;
  if (!user || !ip || !agent) return [];
  const rows = await selectRows<{ id: string; agent: string | null; ip: string | null; n: number | bigint }>(tx)`
    select ${dialect.text(user.value)} as id, ${agent} as agent, ${ip.text} as ip, count(*) as n
      from ${table} s where ${sql.and(where, sql`${user.value} is not null`)} group by 1, 2, 3
    having count(*) >= ${many.duplicates} order by 4 desc, 1 limit ${top}`;
  const names = await namesOf(
    tx,
    mapping,
    rows.map(({ id }) => id),
  );
  return rows.map(({ id, agent: raw, ip: address, n }) => ({
    username: names.get(id) ?? id,
    sessions: Number(n),
    device: raw === null ? null : (words(raw) ?? raw.slice(0, 60)),
    ip: plain(address),
  }));
}

function words(raw: string): string | null {
  const { browser, os } = parseUserAgent(raw);
  return [browser, os].filter(Boolean).join(' on ') || null;
}

/** By what clients call themselves, told in words; what is no browser by name. */
async function devices(
  tx: Transaction,
  { table, agent, dialect }: Mapping,
  where: Sql,
): Promise<PlainFigures['devices']> {
  const called = new Map<string | null, number>();
  const programs = new Map<string, number>();
  const forms = new Map<string, 'tool' | 'bot'>();
  const raw = agent ?? sql`null`;
  for await (const line of streamJson(tx)`
    select ${dialect.json({ raw: sql`x.raw`, n: sql`x.n` })} as json
      from (select ${raw} as raw, count(*) as n from ${table} s where ${where} group by 1) x`) {
    const row = JSON.parse(line) as { raw: string | null; n: number };
    const client = parseUserAgent(row.raw ?? '');
    const name = row.raw ? words(row.raw) : null;
    called.set(name, (called.get(name) ?? 0) + row.n);
    if (client.formFactor !== 'tool' && client.formFactor !== 'bot') continue;
    const program = client.browser ?? (row.raw ?? '').slice(0, 60);
    programs.set(program, (programs.get(program) ?? 0) + row.n);
    forms.set(program, client.formFactor);
  }
  return {
    all: ranked(called),
    programs: ranked(programs).map(({ name, sessions }) => ({
      program: name,
      formFactor: forms.get(name ?? '') ?? 'tool',
      sessions,
    })),
  };
}

async function addresses(
  tx: Transaction,
  { table, ip, user }: Mapping,
  where: Sql,
  { top, many }: PlainQuestion,
): Promise<PlainFigures['addresses']> {
  const whose = user && !user.decoded ? user.value : sql`null`;
  const counted = sql`select ${ip?.text ?? sql`null`} as ip, count(*) as n, count(distinct ${whose}) as users
    from ${table} s where ${where} group by 1`;
  const rows = (condition: Sql, order: string) => selectRows<{ ip: string | null; n: number; users: number }>(tx)`
    select * from (${counted}) x where ${condition} order by ${sql.raw(order)} desc, ip limit ${top}`;
  const crowded = await rows(sql`ip is not null and users >= ${many.users}`, 'users');
  return {
    top: (await rows(sql`true`, 'n')).map(({ ip: address, n }) => ({ name: plain(address), sessions: Number(n) })),
    values: Number(await selectValue<number | bigint>(tx)`select count(*) from (${counted}) x`),
    crowded: crowded.map(({ ip: address, n, users }) => ({
      ip: plain(address) ?? '',
      users: Number(users),
      sessions: Number(n),
    })),
  };
}

/** Of 256 addresses each; those of IPv6 are one. */
async function networks(
  tx: Transaction,
  { table, ip }: Mapping,
  where: Sql,
  { top }: PlainQuestion,
): Promise<PlainFigures['networks']> {
  const text = sql`replace(${ip?.text ?? sql`null`}, '/32', '')`;
  const network = sql`case when ${text} like '%:%' then 'IPv6' when ${text} like '%.%.%.%'
    then rtrim(${text}, '0123456789') || '0/24' end`;
  const counted = sql`select ${network} as name, count(*) as n from ${table} s where ${where} group by 1`;
  const rows = await selectRows<{ name: string | null; n: number | bigint }>(tx)`
    select * from (${counted}) x order by n desc, name limit ${top}`;
  const values = Number(await selectValue<number | bigint>(tx)`select count(*) from (${counted}) x`);
  return { top: rows.map(({ name, n }) => ({ name, sessions: Number(n) })), values };
}

/** Without the length of the network of a single address. */
function plain(address: string | null): string | null {
  return address?.replace(/\/(32|128)$/, '') || null;
}

const HOUR = 3600;

async function expiry(
  tx: Transaction,
  { table, expires, dialect }: Mapping,
  where: Sql,
): Promise<PlainFigures['expiry']> {
  if (!expires) return null;
  const until = (seconds: number) =>
    sql`count(*) filter (where ${expires.is('<=', dialect.later(dialect.now, sql`${seconds}`, '+'))})`;
  const row = await selectRow<Record<'hour' | 'day' | 'week' | 'month' | 'all' | 'never', number | bigint>>(tx)`
    select ${until(HOUR)} as hour, ${until(24 * HOUR)} as day, ${until(7 * 24 * HOUR)} as week,
           ${until(30 * 24 * HOUR)} as month, count(*) as "all",
           count(*) filter (where ${expires.value} is null) as never from ${table} s where ${where}`;
  const n = (of: keyof typeof row) => Number(row[of]);
  return {
    hour: n('hour'),
    day: n('day') - n('hour'),
    week: n('week') - n('day'),
    month: n('month') - n('week'),
    later: n('all') - n('never') - n('month'),
    never: n('never'),
  };
}

/** By quarter of an hour, of the sessions that are still there. */
async function logins(
  tx: Transaction,
  { table, created, dialect }: Mapping,
  where: Sql,
  since: string,
): Promise<PlainFigures['logins']> {
  if (!created) return null;
  const quarter = sql`${dialect.write('epoch-s', created.value, 'UTC')} / 900 * 900`;
  const rows = await selectRows<{ at: number | bigint; logins: number | bigint }>(tx)`
    select ${quarter} as at, count(*) as logins from ${table} s
     where ${sql.and(where, created.is('>=', dialect.moment(since)), created.is('<=', dialect.now))} group by 1 order by 1`;
  return rows.map((row) => ({ at: Number(row.at), logins: Number(row.logins) }));
}
