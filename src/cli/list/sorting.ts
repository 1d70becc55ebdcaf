import { createHash } from 'node:crypto';
import type { ByColumn as Asked, ColumnPage } from '../../domain/list/list.ts';
import type { ListPage } from '../../domain/list/page.ts';
import { placeOfAddress } from '../../domain/text/network.ts';
import { invalidField, invalidInput, TomoError } from '../../model/errors.ts';
import type { Column, Direction, ListView } from '../../views/columns.ts';

/** A column that all rows are sorted by after they were read. */
export interface ByColumn<N extends string> extends Direction<N> {
  kind: 'column';
}

/** What a list is in order of: what it has by itself, or a column. */
export type Sorting<S extends string, N extends string> = { kind: 'own'; sort: S } | ByColumn<N>;

/** Hands every row as JSON text to `write`. */
type Rows = (write: (json: string) => Promise<void> | undefined) => Promise<unknown>;

/** What tells a row from others, where it has one. */
interface Unnamed {
  id?: unknown;
  at?: unknown;
  sessionId?: unknown;
}

/** Held at once where all of them are wanted. */
const MOST = 100_000;
/** Milliseconds that reading them may take. */
const PATIENCE = 60_000;

/** By a name of `--sort` and `--reverse`; `own`: the order of a list for which none is given. */
export function sortingOf<T, N extends string, S extends string>(
  { columns, orders = {} }: ListView<T, N>,
  { sort, reverse = false }: { sort?: string | undefined; reverse?: boolean },
  own: S | undefined,
): Sorting<S, N> | null {
  const name = sort ?? own;
  if (name === undefined) return reverse ? { kind: 'column', column: firstOf(columns), rising: false } : null;
  const { column, rising } = orders[name] ?? { column: name as N, rising: columns[name as N].time !== true };
  const wanted = { column, rising: rising !== reverse };
  const same = (one: Direction<N> | undefined) => one?.column === wanted.column && one.rising === wanted.rising;
  const known = same(orders[name]) ? name : Object.keys(orders).find((one) => same(orders[one]));
  return known === undefined ? { kind: 'column', ...wanted } : { kind: 'own', sort: known as S };
}

function firstOf<N extends string>(columns: Readonly<Record<N, unknown>>): N {
  return Object.keys(columns)[0] as N;
}

/** A row with what decides its place. */
interface Placed {
  key: string | number | null;
  /** Different for each row. */
  tie: string;
  json: string;
}

/**
 * One page of rows that the database sorts; null: it cannot by this column. Throws INVALID_INPUT for
 * another list's cursor.
 */
export async function pageByDatabase<T, N extends string>(
  ask: (by: Asked, limit: number) => Promise<ColumnPage<T> | null>,
  by: ByColumn<N>,
  { limit, after }: { limit: number; after?: string | undefined },
): Promise<ListPage<T> | null> {
  const start = after === undefined ? null : readCursor(after, by);
  const place = start && { key: start.key === null ? null : String(start.key), id: start.tie };
  const found = await ask({ column: by.column, rising: by.rising, after: place }, limit + 1);
  if (!found) return null;
  const end = found.keys[limit - 1];
  const more = found.keys.length > limit && end !== undefined;
  return {
    rows: found.rows.slice(0, limit),
    nextCursor: more ? writeCursor({ key: end.key, tie: end.id }, by) : null,
    total: more ? found.total : null,
  };
}

/**
 * One page, by reading all rows and keeping the first ones behind `after`. Throws INVALID_INPUT for
 * another list's cursor.
 */
export async function sortedPage<T, N extends string>(
  rows: Rows,
  view: ListView<T, N>,
  by: ByColumn<N>,
  { limit, after }: { limit: number; after?: string | undefined },
): Promise<ListPage<T>> {
  const start = after === undefined ? null : startOf(view, after, by);
  const compare = comparing(by.rising);
  const first: Placed[] = [];
  let total = 0;
  await readAll(rows, view, by, (placed) => {
    total += 1;
    if (start && compare(placed, start) <= 0) return;
    const last = first.at(-1);
    if (first.length > limit && last && compare(placed, last) >= 0) return;
    let at = first.length;
    while (at > 0 && compare(placed, first[at - 1] ?? placed) < 0) at -= 1;
    first.splice(at, 0, placed);
    if (first.length > limit + 1) first.pop();
  });
  const page = first.slice(0, limit);
  const end = page.at(-1);
  const more = first.length > limit && end !== undefined;
  return {
    rows: page.map(({ json }) => JSON.parse(json) as T),
    nextCursor: more ? writeCursor(end, by) : null,
    total: more ? total : null,
  };
}

/** All of them in order, handed to `write`. Throws INVALID_INPUT where they are too many to be held. */
export async function sortedStream<T, N extends string>(
  rows: Rows,
  view: ListView<T, N>,
  by: ByColumn<N>,
  after: string | undefined,
  write: (json: string) => Promise<void> | undefined,
): Promise<void> {
  const start = after === undefined ? null : startOf(view, after, by);
  const compare = comparing(by.rising);
  const all: Placed[] = [];
  await readAll(rows, view, by, (placed) => {
    if (start && compare(placed, start) <= 0) return;
    all.push(placed);
    if (all.length > MOST) {
      throw invalidInput(
        `--sort ${by.column}: these are more than ${MOST} rows, and all of them would have to be held to be sorted.`,
        'Narrow the list, take the first ones with --limit, or sort them outside: tomo session list | sort',
      );
    }
  });
  for (const { json } of all.sort(compare)) await write(json);
}

async function readAll<T, N extends string>(
  rows: Rows,
  view: ListView<T, N>,
  { column: name }: ByColumn<N>,
  take: (placed: Placed) => void,
): Promise<void> {
  const column = view.columns[name];
  const began = performance.now();
  let read = 0;
  await rows((json) => {
    read += 1;
    if (read % 1000 === 0 && performance.now() - began > PATIENCE) {
      throw new TomoError('DATABASE_BUSY', `Sorting by ${name} reads every row, which took more than a minute.`, {
        hint: 'Narrow the list, or take an order that the database has: see --sort in the help.',
      });
    }
    const row = JSON.parse(json) as T & Unnamed;
    take({ key: keyOf(column, row), tie: tieOf(row, json), json });
    return undefined;
  });
}

/** Without an id: when it was, as far as the row says it. */
function tieOf({ id, at = '', sessionId = '' }: Unnamed, json: string): string {
  return id === undefined ? [at, sessionId, digest(json)].join('|') : idTie(String(id));
}

/** The place of a cursor, which the database may have written. */
function startOf<T, N extends string>({ columns }: ListView<T, N>, after: string, by: ByColumn<N>) {
  const { key, tie } = readCursor(after, by);
  return { key: typeof key === 'string' ? placeOf(columns[by.column], key) : key, tie: idTie(tie) };
}

/** Numbers by their size. */
function idTie(id: string): string {
  return /^\d{1,15}$/.test(id) ? id.padStart(16, '0') : id;
}

function keyOf<T>(column: Column<T>, row: T): Placed['key'] {
  const of = column.value(row);
  if (of === null || of === '') return null;
  if (typeof of === 'string') return placeOf(column, of);
  return typeof of === 'boolean' ? Number(of) : of;
}

function placeOf<T>({ time, address }: Column<T>, value: string): string | number {
  if (time) return Date.parse(value);
  return address ? placeOfAddress(value) : value;
}

/** What is not known comes last in either direction, and what is equal in the order of ids. */
function comparing(rising: boolean): (a: Pick<Placed, 'key' | 'tie'>, b: Pick<Placed, 'key' | 'tie'>) => number {
  // numbers within texts by their size, as in versions. Made here, since it loads what no other start needs.
  const texts = new Intl.Collator('en', { numeric: true });
  return (a, b) => {
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null) || byTie(a, b);
    const order =
      typeof a.key === 'number' && typeof b.key === 'number'
        ? a.key - b.key
        : texts.compare(String(a.key), String(b.key));
    return (rising ? order : -order) || byTie(a, b);
  };
}

function byTie(a: Pick<Placed, 'tie'>, b: Pick<Placed, 'tie'>): number {
  return a.tie < b.tie ? -1 : a.tie > b.tie ? 1 : 0;
}

function digest(json: string): string {
  return createHash('sha256').update(json).digest('base64url').slice(0, 16);
}

/** Where the page after a row starts. */
function writeCursor({ key, tie }: Pick<Placed, 'key' | 'tie'>, { column, rising }: ByColumn<string>): string {
  return `~${Buffer.from(JSON.stringify([column, rising, key, tie])).toString('base64url')}`;
}

function readCursor(text: string, { column, rising }: ByColumn<string>): Pick<Placed, 'key' | 'tie'> {
  const [of, up, key, tie] = text.startsWith('~') ? parts(text.slice(1)) : [];
  const isKey = key === null || typeof key === 'string' || typeof key === 'number';
  if (of !== column || up !== rising || !isKey || typeof tie !== 'string') {
    throw invalidField(
      'after',
      `"${text}" is not a cursor of this list in this order.`,
      'Take the one that the page before has printed.',
    );
  }
  return { key, tie };
}

function parts(text: string): unknown[] {
  try {
    const read: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(read) ? read : [];
  } catch {
    return [];
  }
}
