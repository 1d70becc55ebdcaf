import { setTimeout as sleep } from 'node:timers/promises';
import type { RevocationNote } from '../../model/revocation.ts';
import type { Written } from '../../model/server.ts';
import type { Actor } from '../../model/session.ts';
import {
  type Choice,
  type Database,
  type Ended,
  type Ending,
  type Revocable,
  read,
  type Transaction,
  write,
} from '../port/database.ts';
import { execute, type Sql, selectRows, sql, streamJson } from '../port/sql.ts';
import { checkExpectation, NOTHING } from '../revocation/end.ts';
import { hasId, selectedBy } from './conditions.ts';
import { name } from './dialect.ts';
import { decodeDjangoSession } from './django-session.ts';
import { isOneOf } from './keys.ts';
import type { Mapping } from './mapping.ts';

/** One of the sessions that are to end: where it lies spares looking for it. */
interface Frozen {
  id: string;
  at: string;
  user: string | null;
}

/** Rows that are changed in one transaction: no login waits for it. */
const BATCH = 5000;
/** How often a session that comes back is ended again. */
const ROUNDS = 5;

/** Ends sessions: their ids are frozen first, then it goes in batches, each in force when it commits. */
export async function endRows<C extends Choice, R>(
  db: Database,
  mappingOf: (tx: Transaction) => Promise<Mapping>,
  { note, expect, choose, report }: Ending<C, R>,
): Promise<R> {
  const { mapping, choice, frozen } = await read(
    db,
    async (tx) => {
      const mapping = await mappingOf(tx);
      const choice = await choose(tx);
      return { mapping, choice, frozen: await freeze(tx, mapping, choice) };
    },
    { statementTimeout: 0 },
  );
  checkExpectation(frozen.length, expect);
  if (frozen.length === 0) return read(db, (tx) => report(tx, NOTHING, choice));
  const ids = frozen.map(({ id }) => id);
  const revocation = await putOnRecord(db, mapping, note, choice, ids);
  const ended = await endFrozen(db, mapping, frozen, note.actor);
  const cameBack = await endAgain(db, mapping, ids, note.actor);
  await db.auditFile?.end(revocation, 'done', { ended: ended.length, ...(cameBack > 0 ? { cameBack } : {}) });
  return read(db, (tx) => report(tx, endedOf(choice, revocation, frozen, ended, cameBack), choice));
}

const ACTIONS = { ids: 'revoke', filter: 'revoke', users: 'revoke-user', all: 'revoke-all' } as const;

/** Before it is done: a file and a database commit apart. */
async function putOnRecord(
  db: Database,
  { description }: Mapping,
  { actor, reason, compromised }: RevocationNote,
  choice: Choice,
  ids: readonly string[],
): Promise<number> {
  const detail = {
    ids: { ids: ids.length },
    filter: choice.scope === 'filter' ? { filter: choice.filter } : {},
    users: choice.scope === 'users' ? { username: choice.users.map(({ username }) => username).join(', ') } : {},
    all: choice.scope === 'all' ? { kept: choice.keep } : {},
  }[choice.scope];
  const undo = description.revoke.unset !== undefined && !compromised;
  return (await db.auditFile?.begin({ action: ACTIONS[choice.scope], actor, reason, detail, ids, undo })) ?? 0;
}

function endedOf(
  choice: Choice,
  id: number,
  frozen: readonly Frozen[],
  ended: readonly string[],
  cameBack: number,
): Ended {
  const done = new Set(ended);
  const revocable: Revocable[] = choice.scope === 'ids' ? ended.map((one) => ({ id: one, live: true })) : [];
  if (choice.scope !== 'users') return { revocations: [{ id, revoked: ended.length }], revocable, cameBack };
  const revoked = (user: string) => frozen.filter((one) => one.user === user && done.has(one.id)).length;
  return { revocations: choice.users.map((user) => ({ id, revoked: revoked(user.id) })), revocable, cameBack };
}

/** The live sessions that are chosen, as they are now. */
async function freeze(tx: Transaction, mapping: Mapping, choice: Choice): Promise<Frozen[]> {
  const { dialect, table, user, live, only } = mapping;
  const { where, whose } = await chosen(tx, mapping, choice);
  const members = {
    id: mapping.id,
    // where a key is no secret, a role may be without the right to read the whole row, which this needs
    at: mapping.key.secret ? dialect.locator : sql`''`,
    user: user?.decoded ?? (user ? dialect.text(user.value) : sql`null`),
  };
  const frozen: Frozen[] = [];
  for await (const line of streamJson(
    tx,
  )`select ${dialect.json(members)} as json from ${table} s where ${sql.and(only, live, where)}`) {
    const one = JSON.parse(line) as Frozen;
    if (user?.decoded) {
      const decoded = one.user === null ? null : decodeDjangoSession(one.user);
      one.user = decoded === 'unreadable' ? null : decoded;
    }
    if (whose === null || (one.user !== null && whose.has(one.user))) frozen.push(one);
  }
  return frozen;
}

async function chosen(
  tx: Transaction,
  mapping: Mapping,
  choice: Choice,
): Promise<{ where: Sql; whose: Set<string> | null }> {
  const but = (ids: readonly string[]) => (ids.length > 0 ? sql`not ${hasId(mapping, ids)}` : sql`true`);
  switch (choice.scope) {
    case 'ids':
      return { where: hasId(mapping, choice.ids), whose: null };
    case 'filter': {
      const { where, decoded } = await selectedBy(tx, mapping, { ...choice.filter, state: 'active' });
      return { where, whose: decoded === null ? null : new Set(decoded) };
    }
    case 'users': {
      const ids = choice.users.map(({ id }) => id);
      const keep = but(choice.keep.map(({ id }) => id));
      if (mapping.user?.decoded) return { where: keep, whose: new Set(ids) };
      return { where: sql.and(mapping.user ? isOneOf(mapping, mapping.user, ids) : sql`false`, keep), whose: null };
    }
    case 'all':
      return { where: but(choice.keep), whose: null };
    default:
      return choice satisfies never;
  }
}

async function endFrozen(db: Database, mapping: Mapping, frozen: readonly Frozen[], actor: Actor): Promise<string[]> {
  const ended: string[] = [];
  const left: string[] = [];
  for (let i = 0; i < frozen.length; i += BATCH) {
    const batch = frozen.slice(i, i + BATCH);
    const ids = batch.map(({ id }) => id);
    const there = mapping.key.secret
      ? sql`${mapping.dialect.atLocators(batch.map(({ at }) => at))} and ${hasId(mapping, ids)}`
      : hasId(mapping, ids);
    const done = await write(db, (tx) => endThese(tx, mapping, there, actor));
    ended.push(...done);
    if (done.length < ids.length) {
      const gone = new Set(done);
      left.push(...ids.filter((id) => !gone.has(id)));
    }
  }
  // a row that was written since lies elsewhere
  if (left.length > 0 && mapping.key.secret)
    ended.push(
      ...(await write(db, (tx) => endThese(tx, mapping, hasId(mapping, left), actor), { statementTimeout: 0 })),
    );
  return ended;
}

/** A request that had read its session before may write it again when it ends. */
async function endAgain(db: Database, mapping: Mapping, ids: readonly string[], actor: Actor): Promise<number> {
  const { recheck } = mapping.description.revoke;
  if (recheck === undefined) return 0;
  const back = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    await sleep(recheck * 1000);
    const again = await write(db, (tx) => endThese(tx, mapping, hasId(mapping, ids), actor), { statementTimeout: 0 });
    if (again.length === 0) break;
    for (const id of again) back.add(id);
  }
  return back.size;
}

/** Ends those that are live, with what belongs to them; returns their ids. */
async function endThese(tx: Transaction, mapping: Mapping, these: Sql, actor: Actor): Promise<string[]> {
  const { description, dialect, table, qualified, live, only, id } = mapping;
  const where = sql.and(only, live, these);
  for (const { table: other, column, of, set } of description.revoke.also ?? []) {
    const from =
      of === 'key' ? mapping.key.value : of === 'user' ? (mapping.user?.value ?? sql`null`) : sql`s.${name(of.column)}`;
    const among = sql`${name(column)} in (select ${from} from ${table} s where ${where})`;
    await (set === null
      ? execute(tx)`delete from ${qualified(other)} where ${among}`
      : execute(tx)`update ${qualified(other)} set ${assignments(mapping, set, actor)} where ${among}`);
  }
  const { set } = description.revoke;
  const change =
    set === null ? sql`delete from ${table} as s` : sql`update ${table} as s set ${assignments(mapping, set, actor)}`;
  // there a row that is returned has no name
  const returning = dialect.returns ? sql` returning ${id} as id` : sql``;
  const before = dialect.returns
    ? []
    : await selectRows<{ id: string }>(tx)`select ${id} as id from ${table} s where ${where}`;
  const changed = await selectRows<{ id: string }>(tx)`${change} where ${where}${returning}`;
  const rows = dialect.returns ? changed : before;
  return rows.map((row) => row.id);
}

export function assignments({ dialect, zone }: Mapping, set: Readonly<Record<string, Written>>, actor: Actor): Sql {
  const value = (written: Written) => {
    if ('now' in written) return dialect.write(written.now, dialect.now, zone?.name ?? 'UTC');
    if ('actor' in written) return sql`${`cli:${actor.osUser}@${actor.host}`}`;
    return typeof written.value === 'boolean' ? dialect.boolean(written.value) : sql`${written.value}`;
  };
  return sql.join(
    Object.entries(set).map(([column, written]) => sql`${name(column)} = ${value(written)}`),
    ', ',
  );
}
