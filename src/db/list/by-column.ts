import { type Sql, sql } from '../port/sql.ts';
import type { RowKey } from './row-source.ts';

/** What rows are sorted by, and what it is taken from. */
export interface Key {
  type: 'text' | 'timestamptz' | 'boolean' | 'bigint';
  key: Sql;
  from: Sql;
}

/** In the order in which people sort text; an empty one is none. */
export function textKey(value: Sql, from = sql``): Key {
  return { type: 'text', key: sql`nullif(${value}, '') collate tomo.natural`, from };
}

export function timeKey(key: Sql): Key {
  return { type: 'timestamptz', key, from: sql`` };
}

/** That a row with this id stands behind a place; what is not known comes last. */
export function beyond({ key, type }: Key, id: Sql, rising: boolean, after: RowKey | null): Sql | null {
  if (!after) return null;
  const later = sql`${id} > ${after.id}::uuid`;
  if (after.key === null) return sql`${key} is null and ${later}`;
  const at = sql`${after.key}::${sql.raw(type)}`;
  return sql`(${key} ${sql.raw(rising ? '>' : '<')} ${at} or ${key} = ${at} and ${later} or ${key} is null)`;
}

export function inOrder({ key }: Key, id: Sql, rising: boolean): Sql {
  return sql`order by ${key} ${sql.raw(rising ? 'asc' : 'desc')} nulls last, ${id}`;
}
