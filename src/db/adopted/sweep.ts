import type { Also, Written } from '../../model/server.ts';
import type { Actor } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { execute, type Sql, selectRow, selectRows, selectValue, sql } from '../port/sql.ts';
import { assignments, linkOf } from './end-rows.ts';
import type { Mapping } from './mapping.ts';

/** What is done to which rows `s`; `set` null: they are deleted. */
export interface Change {
  set: Readonly<Record<string, Written>> | null;
  which: Sql;
}

/** One batch: how many rows it has changed, and where the next one begins; null: there is none. */
interface Batch {
  changed: number;
  next: string | null;
}
/** `from`: null at first. */
export type Step = (tx: Transaction, from: string | null) => Promise<Batch>;
/** How to come by all rows of a change. */
type Sweep = (tx: Transaction, work: Work) => Promise<Step>;

interface Work {
  mapping: Mapping;
  change: Change;
  /** Rows in one transaction. */
  size: number;
  actor: Actor;
  /** Called in each transaction before it changes something. */
  begin: () => Promise<void>;
}

/** Blocks of a table that are looked at in one transaction. */
const BLOCKS = 1000;

/**
 * By the index of the column that says when sessions run out, where there is one; else once through the table as it
 * lies, or, where this role may not see how that is, by its keys.
 */
export const onPostgres: Sweep = async (tx, work) => {
  const { mapping, change } = work;
  const { expires, ended, catalogue, description, options, key, located } = mapping;
  const table = catalogue.tables.get(options.get('table') ?? description.table);
  const ofPlace = located ? sql`has_column_privilege(c, 'ctid', 'select')` : sql`false`;
  const { update, ctid } = await selectRow<{ update: boolean; ctid: boolean }>(tx)`
    select has_any_column_privilege(c, 'update') as update, ${ofPlace} as ctid
      from (select ${mapping.table.text}::text::regclass::oid) t(c)`;
  // a lock of a row takes the right to update it
  const lock = update ? sql`for update skip locked` : sql``;
  const type = expires && table?.columns.get(expires.column);
  const alone = description.expires !== undefined && !('earliest' in description.expires) && !ended?.at;
  const sorts = change.set === null && alone && type && /^(timestamp|bigint|integer|numeric|double)/.test(type);
  if (sorts && expires && table?.indexed.has(expires.column)) {
    return byIndex(work, { address: ctid ? sql`s.ctid` : key.value, order: expires.order, type, lock });
  }
  // a secret key is not asked for, not even as a place to go on from
  const order = key.secret ? mapping.id : key.value;
  if (!ctid) return byIndex(work, { address: key.value, order, type: key.secret ? 'text' : key.type, lock });
  return byBlocks(work, { lock, blocks: await blocksOf(tx, mapping) });
};

/** Of the largest of its parts, where it has parts. */
function blocksOf(tx: Transaction, { table }: Mapping): Promise<number> {
  return selectValue<number>(tx)`
    select (greatest(pg_relation_size(c.oid), (select max(pg_relation_size(p.relid)) from pg_partition_tree(c.oid) p))
            / current_setting('block_size')::int)::int from pg_class c where c.oid = ${table.text}::text::regclass`;
}

/** What lies before the place was deleted, or is held by somebody. */
function byIndex(
  work: Work,
  { address, order, type, lock }: { address: Sql; order: Sql; type: string; lock: Sql },
): Step {
  const { size } = work;
  return async (tx, from) => {
    const rest = from === null ? sql`true` : sql`${order} >= ${from}::text::${sql.raw(type)}`;
    if (!(await isAny(tx, work, rest))) return { changed: 0, next: null };
    await work.begin();
    const chosen = sql`${rest} order by ${order} limit ${size} ${lock}`;
    const { changed, found, last } = await changeThese(tx, work, {
      address,
      place: order,
      chosen,
    });
    const stuck = changed === 0 && last === from;
    return { changed, next: found < size || stuck ? null : last };
  };
}

/** The place is that of a row, "(block,number)". */
function byBlocks(work: Work, { lock, blocks }: { lock: Sql; blocks: number }): Step {
  const address = sql`s.ctid`;
  return async (tx, from) => {
    const after = from ?? '(0,0)';
    const end = Number(/\d+/.exec(after)?.[0]) + BLOCKS;
    const rest = sql`${address} > ${after}::text::tid and ${address} < ${`(${end},0)`}::text::tid`;
    const behind = end < blocks ? `(${end},0)` : null;
    if (!(await isAny(tx, work, rest))) return { changed: 0, next: behind };
    await work.begin();
    const chosen = sql`${rest} limit ${work.size} ${lock}`;
    const { changed, found, last } = await changeThese(tx, work, { address, place: address, chosen });
    return { changed, next: found < work.size ? behind : last };
  };
}

async function isAny(
  tx: Transaction,
  { mapping: { table, only }, change: { which } }: Work,
  rest: Sql,
): Promise<boolean> {
  const rows = await selectRows(tx)`select 1 from ${table} s where ${sql.and(only, which, rest)} limit 1`;
  return rows.length > 0;
}

/** What is dead when it is chosen has to be so still when its turn comes; what belongs to it goes with it. */
function changeThese(
  tx: Transaction,
  { mapping, change: { set, which }, actor }: Work,
  { address, place, chosen }: { address: Sql; place: Sql; chosen: Sql },
) {
  const { table, only } = mapping;
  const links = set === null ? linksOf(mapping) : [];
  const columns = links.map(({ ours }, i) => sql`, ${ours} as ${sql.raw(`link${i}`)}`);
  const others = links.map(
    ({ also, theirs }, i) => sql`, ${sql.raw(`also${i}`)} as (
      delete from ${mapping.qualified(also.table)} where ${theirs} in (select ${sql.raw(`link${i}`)} from done))`,
  );
  const change =
    set === null
      ? sql`delete from ${table} as s`
      : sql`update ${table} as s set ${assignments(mapping, set, { actor, moment: null })}`;
  return selectRow<{ changed: number; found: number; last: string | null }>(tx)`
    with batch as materialized (select ${address} as address, ${place} as place from ${table} s where ${sql.and(only, which, chosen)}),
      done as (${change} where ${address} = any(array(select address from batch)) and ${sql.and(only, which)}
               returning 1 ${sql.join(columns, '')})${sql.join(others, '')}
    select (select count(*) from done)::int as changed, (select count(*) from batch)::int as found,
           (select place::text from batch order by place desc limit 1) as last`;
}

/** Rows of other tables that only stand there for a session. */
function linksOf(mapping: Mapping): ({ also: Also } & ReturnType<typeof linkOf>)[] {
  return (mapping.description.revoke.also ?? [])
    .filter(({ of, set }) => of !== 'user' && set === null)
    .map((also) => ({ also, ...linkOf(mapping, also) }));
}

/** So many rows after the other, in the order in which they were written. */
export const onSqlite: Sweep = async (_, work) => {
  const { mapping, change, size } = work;
  const { table, only, located, key } = mapping;
  const place = located ? sql`s.rowid` : sql`cast(${key.value} as text)`;
  const text = (of: string) => (located ? sql`cast(${of} as integer)` : sql`${of}`);
  return async (tx, from) => {
    const behind = from === null ? sql`true` : sql`${place} > ${text(from)}`;
    const { last, seen } = await selectRow<{ last: string | null; seen: number | bigint }>(tx)`
      select cast(max(place) as text) as last, count(*) as seen from (
        select ${place} as place from ${table} s where ${behind} order by 1 limit ${size})`;
    if (last === null) return { changed: 0, next: null };
    const rest = sql`${behind} and ${place} <= ${text(last)}`;
    const next = Number(seen) < size ? null : last;
    if (!(await isAny(tx, work, rest))) return { changed: 0, next };
    await work.begin();
    const where = sql.and(only, change.which, rest);
    for (const { also, theirs, ours } of change.set === null ? linksOf(mapping) : []) {
      await execute(tx)`delete from ${mapping.qualified(also.table)}
        where ${theirs} in (select ${ours} from ${table} s where ${where})`;
    }
    const rows = await (change.set === null
      ? selectRows(tx)`delete from ${table} as s where ${where} returning 1`
      : selectRows(
          tx,
        )`update ${table} as s set ${assignments(mapping, change.set, { actor: work.actor, moment: null })} where ${where} returning 1`);
    return { changed: rows.length, next };
  };
};
