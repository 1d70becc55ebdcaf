import { BlockList, isIP } from 'node:net';
import type { NegatedFilter, SessionFilter, SessionSort, SessionState } from '../../src/model/session.ts';
import { aSession, aUser } from '../support/builders.ts';
import type { TestDatabase } from '../support/database.ts';

/** One session as the reference knows it. Times in microseconds. */
export interface Known {
  id: string;
  username: string;
  state: SessionState;
  ip: string | null;
  /** What it has of words, its label among them. */
  words: string[];
  form: string | null;
  agent: string | null;
  country: string | null;
  method: string;
  created: number;
  last: number;
  /** Null: it is live, or nobody knows. */
  ended: number | null;
}

/** Minutes. Far from every limit that the filters and settings of these tests set, so that no second decides. */
const IDLE = [3, 20, 45, 90, 300, 3000];
const EXTRA = [0, 25, 1000];
const IPS = ['203.0.113.7', '203.0.113.200', '198.51.100.4', '10.1.2.3', '2001:db8::1', '2001:db8:1::1', null];
const AGENTS = [
  { browser: 'Firefox', os: 'Windows' },
  { browser: 'Chrome', os: 'Android' },
  { userAgent: 'curl/8.1 100%_\\' },
  {},
];

/** 72 sessions in which every value of one field meets many of every other, many with equal times. */
export async function aWorld(t: TestDatabase): Promise<void> {
  const users = [
    await aUser(t, { username: 'Alice' }),
    await aUser(t, { username: 'bob' }),
    await aUser(t, { username: 'carol', active: false }),
  ];
  for (let i = 0; i < 72; i += 1) {
    const pick = <T>(list: readonly T[], step: number): T => list[(i * step + Math.floor(i / 7)) % list.length] as T;
    const idle = pick(IDLE, 1);
    await aSession(t, users[i % 13 === 0 ? 2 : i % 2] ?? '', {
      idle,
      age: idle + pick(EXTRA, 5),
      ip: pick(IPS, 3),
      remember: i % 3 === 0,
      method: pick(['password', 'sso', `it's \\ $1`], 2),
      ...pick(AGENTS, 3),
      ...(pick([true, false, false], 1) ? { country: pick(['DE', 'FR'], 1) } : {}),
      ...(i % 9 === 4 ? { ended: 2, reason: pick(['logout', 'revoked', 'expired', 'evicted'], 1) } : {}),
    });
  }
  await t.sql(
    `insert into tomo.devices (user_id, fingerprint, label) select id, sha256('x'), 'Laptop of ' || username || ' 100%_\\\\' from tomo.users`,
  );
  await t.sql(`update tomo.sessions s set device_id = d.id from tomo.devices d
    where d.user_id = s.user_id and s.login_method = 'sso'`);
  // equal to the microsecond within each kind
  await t.sql(`update tomo.sessions set last_activity_at =
      (date_trunc('minute', last_activity_at at time zone 'UTC') + interval '1.234567 s') at time zone 'UTC',
    created_at = (date_trunc('minute', created_at at time zone 'UTC') + interval '0.000001 s') at time zone 'UTC'`);
}

/** Everything there is, read with the plainest statement. */
export async function knownSessions(t: TestDatabase): Promise<Known[]> {
  return t.sql<Known>(`
    select s.id, s.username, s.state,
           host(s.ip) as ip, array_remove(array[d.label, coalesce(nullif(concat_ws(' on ', a.browser, a.os), ''), a.raw, 'unknown')], null) as words,
           a.form_factor as form, a.raw as agent, s.country, s.login_method as method,
           (extract(epoch from s.created_at) * 1000000)::float8 as created, (extract(epoch from s.last_activity_at) * 1000000)::float8 as last,
           (extract(epoch from s.ended_at) * 1000000)::float8 as ended
      from tomo.verdicts(now()) s left join tomo.user_agents a on a.id = s.user_agent_id
      left join tomo.devices d on d.id = s.device_id and d.user_id = s.user_id`);
}

/** What a list must be, computed without the database. */
export function reference(known: readonly Known[], filter: SessionFilter, sort: SessionSort, now: number): string[] {
  const micros = (time: string) => Date.parse(time) * 1000;
  const wanted = known.filter(
    (s) =>
      (filter.state === 'all' || (filter.state === 'ended' ? s.state !== 'active' : s.state === filter.state)) &&
      choices(s, filter, now).every(Boolean) &&
      !choices(s, filter.not ?? {}, now).some(Boolean) &&
      (!filter.since || s.created >= micros(filter.since)) &&
      (!filter.until || s.created < micros(filter.until)) &&
      (!filter.liveSince || s.state === 'active' || (s.ended ?? s.last) > micros(filter.liveSince)) &&
      (!filter.liveUntil || s.created < micros(filter.liveUntil)) &&
      !filter.except?.includes(s.id),
  );
  const order = sort === 'idle' ? 1 : -1;
  const key = (s: Known) => (sort === 'login' ? s.created : s.last);
  return wanted.sort((a, b) => order * (key(a) - key(b) || (a.id < b.id ? -1 : 1))).map((s) => s.id);
}

/** What of the choices there are holds; of what is not known, none does. */
function choices(s: Known, filter: NegatedFilter, now: number): boolean[] {
  const networks = new BlockList();
  for (const network of filter.ips ?? []) {
    const [address = '', bits] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    networks.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return [
    filter.users?.some((name) => name.toLowerCase() === s.username.toLowerCase()),
    filter.ips && s.ip !== null && networks.check(s.ip, isIP(s.ip) === 6 ? 'ipv6' : 'ipv4'),
    filter.idleFor === undefined ? undefined : s.last <= (now - filter.idleFor * 1000) * 1000,
    filter.devices?.some((text) => isDevice(s, text.toLowerCase())),
    filter.countries?.includes(s.country ?? ''),
    filter.methods?.includes(s.method),
  ].filter((holds) => holds !== undefined);
}

function isDevice({ words, form, agent }: Known, text: string): boolean {
  if (text.startsWith('form:')) return form === text.slice(5);
  if (text.startsWith('agent:')) return agent?.toLowerCase().includes(text.slice(6)) === true;
  return words.some((word) => word.toLowerCase().startsWith(text) || word.toLowerCase().includes(` ${text}`));
}
