import { isIP } from 'node:net';
import { invalidField } from '../../model/errors.ts';
import type { NegatedFilter, SessionFilter } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { given, type Sql, selectValues, sql } from '../port/sql.ts';
import { formatOf, isOneOf } from './keys.ts';
import type { MappedMoment } from './mapped-moments.ts';
import type { Mapping } from './mapping.ts';
import { parseUserAgent } from './user-agent.ts';
import { usersNamed } from './users.ts';

/** Which rows `s` a filter selects, and, where only a program can read whose they are, of which users. */
export interface Selected {
  where: Sql;
  /** Takes the id of one; null: of anybody. */
  isTheirs: ((user: string | null) => boolean) | null;
  /** A few rows, which all have to be read to find them. */
  sifted: boolean;
}

/** Throws INVALID_INPUT for a filter on what the table does not keep: an answer would look like knowledge. */
export async function selectedBy(tx: Transaction, mapping: Mapping, filter: SessionFilter): Promise<Selected> {
  const { dialect, created, user } = mapping;
  refuseUnknown(mapping, filter);
  if (filter.not) refuseUnknown(mapping, { state: 'all', ...filter.not }, 'not-');
  const at = (iso: string) => dialect.moment(iso);
  const users = filter.userId === undefined ? await idsNamed(tx, mapping, filter.users) : [filter.userId];
  const others = await idsNamed(tx, mapping, filter.not?.users);
  const where = sql.and(
    mapping.only,
    stateCondition(mapping, filter.state),
    created && filter.since && created.is('>=', at(filter.since)),
    created && filter.until && created.is('<', at(filter.until)),
    created && filter.liveUntil && created.is('<', at(filter.liveUntil)),
    filter.liveSince && endsAfter(mapping, at(filter.liveSince)),
    ...(await choices(tx, mapping, filter, users)),
    ...sql.none(filter.not ? await choices(tx, mapping, filter.not, others, 'not-') : []),
    filter.idPrefix !== undefined && startsLike(mapping, filter.idPrefix),
    filter.except?.length && sql`not ${hasId(mapping, filter.except)}`,
  );
  return {
    where,
    isTheirs: user?.decoded ? among(users, others) : null,
    sifted: Boolean(users && user && !user.decoded && !user.indexed),
  };
}

async function idsNamed(tx: Transaction, mapping: Mapping, names: string[] | undefined) {
  return names && (await usersNamed(tx, mapping, names)).flatMap((user) => user?.id ?? []);
}

function among(users: readonly string[] | undefined, others: readonly string[] | undefined): Selected['isTheirs'] {
  if (!users && !others) return null;
  const [chosen, left] = [users && new Set<string | null>(users), new Set<string | null>(others)];
  return (user) => (chosen?.has(user) ?? true) && !left.has(user);
}

/** What can be turned around. `as`: before the name of a field, in an error. */
async function choices(
  tx: Transaction,
  mapping: Mapping,
  filter: NegatedFilter & Pick<SessionFilter, 'relations'>,
  users: readonly string[] | undefined,
  as = '',
): Promise<Sql[]> {
  const { user, active, dialect, description } = mapping;
  const { idleFor, ips, devices } = filter;
  const idle = active && idleFor !== undefined && idleTime(idleFor, active, { title: description.title, as });
  return given([
    active && idle && active.is('<=', dialect.later(dialect.now, sql`${idle}`, '-')),
    users && user && !user.decoded && isOneOf(mapping, user, users),
    ips?.length && withinAny(mapping, ips),
    devices?.length && (await deviceCondition(tx, mapping, devices)),
    filter.relatedTo && (await relatedCondition(tx, mapping, filter)),
  ]);
}

function withinAny({ dialect, ip }: Mapping, networks: readonly string[]): Sql {
  return ip ? sql.or(networks.map((network) => dialect.within(ip, network))) : sql`false`;
}

/** That a row has one of these ids. */
export function hasId(mapping: Mapping, ids: readonly string[]): Sql {
  const { dialect, key } = mapping;
  if (key.secret) return dialect.hashIsOneOf(dialect.text(key.value), ids.map(formatOf(mapping)));
  return isOneOf(mapping, key, ids);
}

export function startsLike(mapping: Mapping, prefix: string): Sql {
  const { dialect, key } = mapping;
  const start = formatOf(mapping)(prefix);
  if (key.secret) return dialect.hashStartsWith(dialect.text(key.value), start);
  if (/int|serial/.test(key.type)) return isOneOf(mapping, key, [start]);
  if (key.type === 'uuid') {
    const bound = (digit: string) => {
      const digits = start.replaceAll('-', '').padEnd(32, digit);
      return sql`${digits}::text::uuid`;
    };
    return /^[0-9a-f]{1,32}$/.test(start.replaceAll('-', ''))
      ? sql`${key.value} between ${bound('0')} and ${bound('f')}`
      : sql`false`;
  }
  return dialect.startsWith(mapping.id, start);
}

function stateCondition({ live, ended, expires, dialect }: Mapping, state: SessionFilter['state']): Sql | false {
  const known = expires?.nullable && sql`${expires.value} is not null`;
  const over = expires && sql.and(known, expires.is('<=', dialect.now));
  const was = ended?.when;
  switch (state) {
    case 'all':
      return false;
    case 'active':
      return live;
    case 'expired':
      return sql.and(over ?? sql`false`, was && sql`(${was}) is not true`);
    case 'ended':
      return sql`(${live}) is not true`;
    default:
      return was ?? sql`false`;
  }
}

/** Of one that is known to have ended at all. */
function endsAfter({ ended, expires }: Mapping, moment: Sql): Sql {
  return sql.and(
    expires &&
      (expires.nullable ? sql`(${expires.value} is null or ${expires.is('>', moment)})` : expires.is('>', moment)),
    ended?.at && sql`((${ended.when}) is not true or ${ended.at.value} > ${moment})`,
  );
}

function idleTime(seconds: number, { every }: MappedMoment, { title, as }: { title: string; as: string }): number {
  if (seconds >= every) return seconds;
  throw invalidField(
    `${as}idle-for`,
    `${title} notes activity at most once in ${words(every)}, so a shorter time without it cannot be told.`,
    'Give a longer one, or leave it out.',
  );
}

function words(seconds: number): string {
  const [size, unit] = (
    [
      [86_400, 'day'],
      [3600, 'hour'],
      [60, 'minute'],
    ] as const
  ).find(([n]) => seconds % n === 0) ?? [1, 'second'];
  const n = seconds / size;
  return n === 1 ? `a ${unit}`.replace('a hour', 'an hour') : `${n} ${unit}s`;
}

function refuseUnknown(mapping: Mapping, filter: SessionFilter, as = ''): void {
  const { description, created, active, ip, agent, ended, user } = mapping;
  const { title } = description;
  const vanish = description.revoke.set === null;
  const lacks = (field: string, what: string): never => {
    throw invalidField(
      `${as}${field}`,
      `${title} does not keep ${what}, so nothing can be selected by it.`,
      description.unseen,
    );
  };
  if (filter.users?.length && !user) lacks('user', 'whose a session is');
  if (filter.ips?.length && !ip) lacks('ip', 'the address of a session');
  if (filter.since && !created) lacks('since', 'when a session began');
  if (filter.until && !created) lacks('until', 'when a session began');
  if (filter.idleFor !== undefined && !active) lacks('idle-for', 'when a session was last active');
  if (filter.devices?.length && !agent) lacks('device', 'what a session comes from');
  if (filter.countries?.length) lacks('country', 'the country of a session');
  if (filter.methods?.length) lacks('method', 'how somebody logged in');
  for (const field of ['liveSince', 'liveUntil'] as const) {
    if (filter[field] === undefined) continue;
    const flag = field === 'liveSince' ? 'live-since' : 'live-until';
    if (!created) lacks(flag, 'when a session began');
    if (vanish) lacks(flag, 'sessions that have ended');
    if (ended && !ended.at) lacks(flag, 'when a session has ended');
  }
  const how = ['revoked', 'logged-out', 'evicted'].includes(filter.state);
  if (how && (!ended || ended.how !== filter.state)) {
    const what = ended ? 'how a session has ended' : `sessions that were ${filter.state.replace('-', ' ')}`;
    throw invalidField('state', `${title} does not keep ${what}.`, 'There are: active, expired, ended, all.');
  }
  if (filter.relatedTo === undefined) return;
  const wanted = filter.relations ?? ['address'];
  for (const relation of wanted) {
    if (relation === 'device' || relation === 'fingerprint') lacks('relation', `the ${relation} of a session`);
    if (!ip) lacks('related-to', 'the address of a session');
  }
}

/** Of all that clients have called themselves there, those that are meant. */
async function deviceCondition(
  tx: Transaction,
  { table, agent, dialect, only }: Mapping,
  texts: readonly string[],
): Promise<Sql> {
  const raw = agent ?? sql`null`;
  const all = await selectValues<string | null>(tx)`select distinct ${raw} from ${table} s where ${only} limit 100000`;
  const meant = all.filter((one) => texts.some((text) => isMeant(one, text)));
  const known = meant.filter((one) => one !== null);
  return sql.or([
    known.length > 0 ? dialect.isOneOf(raw, known, 'text') : sql`false`,
    ...(meant.includes(null) ? [sql`${raw} is null`] : []),
  ]);
}

function isMeant(raw: string | null, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  if (raw === null || raw === '') return wanted === 'unknown';
  const { browser, os, formFactor } = parseUserAgent(raw);
  if (wanted.startsWith('form:')) return formFactor === wanted.slice(5);
  if (wanted.startsWith('agent:')) return raw.toLowerCase().includes(wanted.slice(6));
  const shown = [browser, os].filter(Boolean).join(' on ') + (browser === null ? ` ${raw}` : '');
  return wanted.split(/\s+/).every((word) => ` ${shown.toLowerCase()}`.includes(` ${word}`));
}

async function relatedCondition(
  tx: Transaction,
  mapping: Mapping,
  { relatedTo = '', relations = ['network'] }: Pick<SessionFilter, 'relatedTo' | 'relations'>,
) {
  const { ip, table, dialect } = mapping;
  const [address] = await selectValues<string | null>(tx)`
    select ${dialect.text(ip?.value ?? sql`null`)} from ${table} s where ${hasId(mapping, [relatedTo])}`;
  const self = hasId(mapping, [relatedTo]);
  if (!address || !ip) return self;
  const plain = address.replace(/\/\d+$/, '');
  const wide = relations.includes('network') ? (plain.includes(':') ? '/64' : '/24') : '';
  // a list of proxies, or what a client made up, is only the same text
  if (isIP(plain) === 0) return sql.or([self, sql`${dialect.text(ip.value)} = ${address}`]);
  return sql.or([self, dialect.within(ip, `${plain}${wide}`)]);
}
