import type { AuditOutcome } from '../../model/audit.ts';
import { TomoError } from '../../model/errors.ts';
import {
  type Cleaned,
  type CleaningOptions,
  type Database,
  type Housekeeping,
  read,
  type Transaction,
  write,
} from '../port/database.ts';
import { selectRow, sql } from '../port/sql.ts';
import { daysKept, isDead, isUnmarked, requireKnown, requirePast } from './dead.ts';
import type { Mapping } from './mapping.ts';
import { type ChangeRecord, checkRecordable, recordOf } from './record.ts';
import { refusedThere } from './refusal.ts';
import { type Change, onPostgres, onSqlite, type Step } from './sweep.ts';

type MappingOf = (tx: Transaction) => Promise<Mapping>;

/** `given`: what the operator has named with the server. */
export function housekeepingOf(mappingOf: MappingOf, given: Readonly<Record<string, string>>): Housekeeping {
  return {
    async count(tx, retention) {
      const mapping = await mappingOf(tx);
      const dead = isDead(mapping, await daysKept(tx, mapping, retention));
      const unmarked = mapping.description.cleanup?.mark ? isUnmarked(mapping) : sql`false`;
      const counted = await selectRow<Record<keyof Cleaned, number | bigint | null>>(tx)`
        select count(case when ${unmarked} and (${dead}) is not true then 1 end) as ended, count(case when ${dead} then 1 end) as deleted
          from ${mapping.table} s where ${mapping.only}`;
      return { ended: Number(counted.ended), deleted: Number(counted.deleted) };
    },
    async *clean(db, { retention, ...how }) {
      const { mapping, days } = await read(db, async (tx) => {
        const mapping = await mappingOf(tx);
        requireKnown(mapping, given);
        await requirePast(tx, mapping);
        await checkRecordable(tx, mapping);
        return { mapping, days: await daysKept(tx, mapping, retention) };
      });
      yield* onRecord(db, mapping, { ...how, days });
    },
  };
}

interface How extends Omit<CleaningOptions, 'retention'> {
  days: number;
}

/** Nothing is on record where there is nothing to do. */
async function* onRecord(
  db: Database,
  mapping: Mapping,
  { days, batchSize, actor, isOver }: How,
): AsyncGenerator<Cleaned> {
  const done: Cleaned = { ended: 0, deleted: 0 };
  const detail = { server: mapping.description.name, database: db.location, retention: days };
  const record = recordOf(db, mapping, { action: 'cleanup', actor, reason: null, detail, ids: null, undo: false });
  let begun: Promise<void> | undefined;
  let outcome: AuditOutcome = 'partial';
  let cut = false;
  const isCut = () => {
    cut ||= isOver();
    return cut;
  };
  const begin = () => {
    begun ??= record.begin();
    return begun;
  };
  const sweep = mapping.dialect.returns ? onPostgres : onSqlite;
  try {
    for (const change of changesOf(mapping, days)) {
      const step = await read(db, (tx) => sweep(tx, { mapping, change, size: batchSize, actor, begin }));
      for await (const changed of walk(db, step, record, isCut)) {
        const cleaned = change.set === null ? { ended: 0, deleted: changed } : { ended: changed, deleted: 0 };
        done.ended += cleaned.ended;
        done.deleted += cleaned.deleted;
        yield cleaned;
      }
    }
    if (!cut) outcome = 'done';
  } catch (error) {
    if (error instanceof TomoError && error.outcome === 'unknown') outcome = 'unknown';
    throw refusedThere(error, mapping.description, done.ended + done.deleted === 0);
  } finally {
    const nothing = done.ended + done.deleted === 0 && outcome !== 'unknown';
    const more = { sessionsEnded: done.ended, sessionsDeleted: done.deleted };
    await record.after(nothing ? 'unchanged' : outcome, more);
  }
}

/** What is long dead goes, and what the server would note of the others is noted. */
function changesOf(mapping: Mapping, days: number): Change[] {
  const dead = isDead(mapping, days);
  const { mark } = mapping.description.cleanup ?? {};
  const marking = mark && { set: mark, which: sql`${isUnmarked(mapping)} and (${dead}) is not true` };
  return [{ set: null, which: dead }, ...(marking ? [marking] : [])];
}

/** Batch after batch, each where the one before has stopped. */
async function* walk(db: Database, step: Step, record: ChangeRecord, isCut: () => boolean): AsyncGenerator<number> {
  for (let from: string | null = null; !isCut(); ) {
    const place: string | null = from;
    const { changed, next, committed } = await write(db, async (tx) => {
      const batch = await step(tx, place);
      return { ...batch, committed: batch.changed > 0 ? await record.within(tx, false) : undefined };
    });
    committed?.();
    yield changed;
    if (next === null) return;
    from = next;
  }
}
