import { setTimeout as sleep } from 'node:timers/promises';
import { TomoError } from '../../model/errors.ts';
import type { RevocationNote } from '../../model/revocation.ts';
import { type Database, type Ending, read, type Transaction, write } from '../port/database.ts';
import type { Choice, Ended, Revocable } from '../port/ending.ts';
import { type Sql, selectDocument, sql, streamJson } from '../port/sql.ts';
import { hasGivenWay } from '../port/sqlstate.ts';
import { checkExpectation, NOTHING } from '../revocation/end.ts';
import { hasId, type Selected, selectedBy } from './conditions.ts';
import { decodeDjangoSession } from './django-session.ts';
import { alsoOf, endThese } from './end-rows.ts';
import { isOneOf } from './keys.ts';
import type { Mapping } from './mapping.ts';
import { type ChangeRecord, checkRecordable, recordOf } from './record.ts';
import { refusedThere } from './refusal.ts';

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
/** Milliseconds to wait for a row that somebody holds, once it is known that there is one. */
const SHORTLY = 500;
/** Milliseconds in which such rows are told from the others. */
const SORTING = 20_000;

/** What is being done, and how far it has come. */
interface Work {
  db: Database;
  mapping: Mapping;
  record: ChangeRecord;
  note: RevocationNote;
  /** What a server is told as the moment of it: one, so that they are known again. */
  moment: string;
  frozen: readonly Frozen[];
  ended: Set<string>;
  /** Whose rows somebody else holds. */
  held: string[];
  /** When it was first met that somebody holds one. */
  heldSince: number | null;
}

/** Ends sessions: their ids are frozen first, then it goes in batches, each in force when it commits. */
export async function endRows<C extends Choice, R>(
  db: Database,
  mappingOf: (tx: Transaction) => Promise<Mapping>,
  { note, expect, choose, report }: Ending<C, R>,
): Promise<R> {
  const { mapping, choice, frozen, moment } = await read(
    db,
    async (tx) => {
      const mapping = await mappingOf(tx);
      alsoOf(mapping);
      const choice = await choose(tx);
      const frozen = await freeze(tx, mapping, choice);
      if (frozen.length > 0) await checkRecordable(tx, mapping);
      return { mapping, choice, frozen, moment: await momentOf(tx, mapping) };
    },
    { statementTimeout: 0 },
  );
  checkExpectation(frozen.length, expect);
  if (frozen.length === 0) return read(db, (tx) => report(tx, Promise.resolve(NOTHING), choice));
  const record = recordOf(db, mapping, describe(db, mapping, { note, choice, moment, ids: idsOf(frozen) }));
  await record.begin();
  const work: Work = { db, mapping, record, note, moment, frozen, ended: new Set(), held: [], heldSince: null };
  const came = await endOnRecord(work);
  return read(db, (tx) => report(tx, Promise.resolve(endedOf(choice, work, came)), choice), { statementTimeout: 0 });
}

/** Whatever becomes of it is put on record, and said. */
async function endOnRecord(work: Work): Promise<{ cameBack: number; stillIn: number }> {
  const { record, ended, frozen, mapping } = work;
  try {
    await endFrozen(work);
    const { cameBack, stillIn } = await endAgain(work);
    const left = idsOf(frozen).filter((id) => !ended.has(id));
    const kept = left.length > 0 ? await lookFor(work, left) : [];
    if (kept.length > 0) throw rowsStay(kept.length, work);
    const outcome = ended.size === 0 ? 'unchanged' : stillIn > 0 ? 'partial' : 'done';
    await record.after(outcome, { ended: ended.size, ...(cameBack > 0 ? { cameBack } : {}) });
    return { cameBack, stillIn };
  } catch (caught) {
    const error = refusedThere(caught, mapping.description, ended.size === 0);
    const unknown = error instanceof TomoError && error.outcome === 'unknown';
    const outcome = unknown ? 'unknown' : ended.size > 0 ? 'partial' : 'unchanged';
    // where the database has gone it can keep no record either
    await record.after(outcome, { ended: ended.size }).catch(() => {});
    throw error instanceof TomoError && ended.size > 0 ? cutShort(error, work, unknown) : error;
  }
}

/** What is in force, and how to go on. */
function cutShort({ code, message, hint, outcome, cause }: TomoError, { ended, frozen }: Work, unknown: boolean) {
  const left = frozen.length - ended.size;
  const out = `${unknown ? 'At least ' : ''}${ended.size} of ${frozen.length} sessions are out.`;
  const next = left > 0 ? 'Repeat the command to end the others.' : 'Look again whether one has come back.';
  return new TomoError(code, `${message} ${out}`, { hint: [next, hint].filter(Boolean).join('\n'), outcome, cause });
}

function rowsStay(count: number, { mapping, held, ended }: Work): TomoError {
  const rows = count === 1 ? 'the row of 1 session' : `the rows of ${count} sessions`;
  const [code, what, hint] =
    held.length > 0
      ? (['DATABASE_BUSY', `Another transaction holds ${rows}`, HANGING] as const)
      : (['DATABASE_UNUSABLE', `${mapping.description.title}: a trigger or a rule keeps ${rows} as before`] as const);
  const unchanged = ended.size === 0;
  const outcome = unchanged ? 'unchanged' : undefined;
  return new TomoError(code, `${what}.${unchanged ? ' Nothing was changed.' : ''}`, { outcome, hint });
}

const HANGING = 'If it stays, look for a hanging transaction in pg_stat_activity.';

const ACTIONS = { ids: 'revoke', filter: 'revoke', users: 'revoke-user', all: 'revoke-all' } as const;

function describe(
  db: Database,
  { description }: Mapping,
  { note, choice, moment, ids }: { note: RevocationNote; choice: Choice; moment: string; ids: readonly string[] },
) {
  const { actor, reason, compromised } = note;
  const detail = {
    server: description.name,
    database: db.location,
    ...chosenBy(choice),
    ...(compromised ? { compromised } : {}),
    ...(description.revoke.unset ? { moment } : {}),
  };
  const undo = description.revoke.unset !== undefined && !compromised;
  return { action: ACTIONS[choice.scope], actor, reason, detail, ids, undo };
}

function chosenBy(choice: Choice): Record<string, unknown> {
  switch (choice.scope) {
    case 'ids':
      return choice.filter ? { filter: choice.filter } : {};
    case 'filter':
      return { filter: choice.filter };
    case 'users': {
      const [user, ...others] = choice.users;
      const kept = choice.keep.length > 0 ? { kept: idsOf(choice.keep) } : {};
      const username = choice.users.map((one) => one.username).join(', ');
      return { ...(user && others.length === 0 ? { user: user.id } : {}), username, ...kept };
    }
    case 'all':
      return choice.keep.length > 0 ? { kept: choice.keep } : {};
    default:
      return choice satisfies never;
  }
}

function idsOf(sessions: readonly { id: string }[]): string[] {
  return sessions.map(({ id }) => id);
}

function endedOf(choice: Choice, { record, frozen, ended }: Work, came: Pick<Ended, 'cameBack' | 'stillIn'>): Ended {
  const id = record.number() ?? 0;
  const revocable: Revocable[] = choice.scope === 'ids' ? [...ended].map((one) => ({ id: one, live: true })) : [];
  // others were there first
  if (ended.size === 0) return NOTHING;
  if (choice.scope !== 'users') return { revocations: [{ id, revoked: ended.size }], revocable, ...came };
  const revoked = (user: string) => frozen.filter((one) => one.user === user && ended.has(one.id)).length;
  return { revocations: choice.users.map((user) => ({ id, revoked: revoked(user.id) })), revocable, ...came };
}

/** What time it is there. */
async function momentOf(tx: Transaction, { dialect }: Mapping): Promise<string> {
  const { at } = await selectDocument<{ at: string }>(tx)`select ${dialect.json({ at: dialect.iso(dialect.now) })}`;
  return at;
}

/** The live sessions that are chosen, as they are now. */
async function freeze(tx: Transaction, mapping: Mapping, choice: Choice): Promise<Frozen[]> {
  const { dialect, table, user, endable, only } = mapping;
  const { where, whose } = await chosen(tx, mapping, choice);
  const members = {
    id: mapping.id,
    // where a key is no secret, a role may be without the right to read the whole row, which this needs
    at: mapping.key.secret && mapping.located ? dialect.locator : sql`''`,
    user: user?.decoded ?? (user ? dialect.text(user.value) : sql`null`),
  };
  const frozen: Frozen[] = [];
  for await (const line of streamJson(
    tx,
  )`select ${dialect.json(members)} as json from ${table} s where ${sql.and(only, endable, where)}`) {
    const one = JSON.parse(line) as Frozen;
    if (user?.decoded) {
      const decoded = one.user === null ? null : decodeDjangoSession(one.user);
      one.user = decoded === 'unreadable' ? null : decoded;
    }
    if (whose?.(one.user) ?? true) frozen.push(one);
  }
  return frozen;
}

async function chosen(
  tx: Transaction,
  mapping: Mapping,
  choice: Choice,
): Promise<{ where: Sql; whose: Selected['isTheirs'] }> {
  const but = (ids: readonly string[]) => (ids.length > 0 ? sql`not ${hasId(mapping, ids)}` : sql`true`);
  switch (choice.scope) {
    case 'ids':
      return { where: hasId(mapping, choice.ids), whose: null };
    case 'filter': {
      const { where, isTheirs } = await selectedBy(tx, mapping, { ...choice.filter, state: 'active' });
      return { where, whose: isTheirs };
    }
    case 'users': {
      const ids = choice.users.map(({ id }) => id);
      const theirs = new Set(ids);
      const keep = but(choice.keep.map(({ id }) => id));
      if (mapping.user?.decoded) return { where: keep, whose: (user) => user !== null && theirs.has(user) };
      return { where: sql.and(mapping.user ? isOneOf(mapping, mapping.user, ids) : sql`false`, keep), whose: null };
    }
    case 'all':
      return { where: but(choice.keep), whose: null };
    default:
      return choice satisfies never;
  }
}

/** Where they were first, as far as that is known, and then wherever they are. */
async function endFrozen(work: Work): Promise<void> {
  const { mapping, frozen, ended } = work;
  const byKey = (batch: readonly Frozen[]) => hasId(mapping, idsOf(batch));
  if (!mapping.key.secret || !mapping.located) return endAll(work, frozen, byKey);
  const where = (batch: readonly Frozen[]) =>
    sql`${mapping.dialect.atLocators(batch.map(({ at }) => at))} and ${byKey(batch)}`;
  await endAll(work, frozen, where);
  const held = new Set(work.held);
  // a row that was written since lies elsewhere
  const left = frozen.filter(({ id }) => !ended.has(id) && !held.has(id));
  await endAll(work, left, byKey);
}

async function endAll(work: Work, sessions: readonly Frozen[], find: (batch: readonly Frozen[]) => Sql): Promise<void> {
  for (let i = 0; i < sessions.length; i += BATCH) await endBatch(work, sessions.slice(i, i + BATCH), find);
}

/**
 * One transaction. Where somebody holds one of the rows all the others end, and those who wait are not
 * made to wait for it.
 */
async function endBatch(work: Work, batch: readonly Frozen[], find: (batch: readonly Frozen[]) => Sql): Promise<void> {
  const { db, mapping, record, note, moment, frozen, ended, held, heldSince } = work;
  if (heldSince !== null && Date.now() - heldSince > SORTING) {
    held.push(...idsOf(batch));
    return;
  }
  const change = async (tx: Transaction) => {
    const done = await endThese(tx, mapping, find(batch), { actor: note.actor, moment });
    const committed = done.length > 0 ? await record.within(tx, batch.length === frozen.length) : () => {};
    return { done, committed };
  };
  const patience = { statementTimeout: 0, ...(heldSince === null ? {} : { lockTimeout: SHORTLY }) };
  try {
    const { done, committed } = await write(db, change, patience);
    committed();
    for (const id of done) ended.add(id);
  } catch (error) {
    if (!hasGivenWay(error)) throw error;
    work.heldSince ??= Date.now();
    if (batch.length === 1) {
      held.push(...idsOf(batch));
      return;
    }
    const half = Math.ceil(batch.length / 2);
    await endBatch(work, batch.slice(0, half), find);
    await endBatch(work, batch.slice(half), find);
  }
}

/** A request that had read its session before may write it again when it ends. */
async function endAgain(work: Work): Promise<{ cameBack: number; stillIn: number }> {
  const { db, mapping, ended } = work;
  const { recheck } = mapping.description.revoke;
  if (recheck === undefined || ended.size === 0) return { cameBack: 0, stillIn: 0 };
  const again = new Set<string>();
  for (let round = 1; ; round += 1) {
    await (db.pause ?? sleep)(recheck * 1000);
    const back = await lookFor(work, [...ended]);
    for (const { id } of back) again.add(id);
    if (back.length === 0 || round > ROUNDS) return { cameBack: again.size, stillIn: back.length };
    await endAll(work, back, (batch) => hasId(mapping, idsOf(batch)));
  }
}

/** Those of these that are live. */
function lookFor({ db, mapping }: Work, ids: readonly string[]): Promise<Frozen[]> {
  return read(db, (tx) => freeze(tx, mapping, { scope: 'ids', ids }), { statementTimeout: 0 });
}
