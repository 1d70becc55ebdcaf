import { printable } from './printable.ts';
import { localTime, relativeTime } from './time.ts';

/** A column of a list: for people (`show`) and, exact and whole, for programs (`value`). */
export interface Column<T> {
  title: string;
  value: (row: T) => string | number | boolean | null;
  show?: (row: T, now: Date) => string;
  /** It is a moment. */
  time?: true;
  /** It is an IP address. */
  address?: true;
  /** The width it may be cut to. */
  shrink?: number;
  /** Comes from outside: a CSV cell of it is guarded against being taken for a formula. */
  outside?: boolean;
}

/** An order by a column: from the smallest, or from the largest; a moment is the larger the later it is. */
export interface Direction<N extends string> {
  column: N;
  rising: boolean;
}

/** The keys of the rows of all lists. */
export const LIST_KEYS = [
  'sessions',
  'users',
  'devices',
  'alerts',
  'activity',
  'revocations',
  'entries',
  'rows',
  'settings',
  'tokens',
  'contexts',
  'servers',
  'aliases',
] as const;
export type ListKey = (typeof LIST_KEYS)[number];

/**
 * What a list of one kind of thing looks like. A column named "id" is what `--output ids` prints; a table
 * shortens UUIDs in it.
 */
export interface ListView<T, N extends string, K extends ListKey = ListKey> {
  /** The key of the rows in JSON, e.g. "sessions". */
  key: K;
  columns: Readonly<Record<N, Column<T>>>;
  /** The columns shown when none are asked for. */
  names: readonly N[];
  /** Those of `--output wide`; without, all of them. */
  wide?: readonly N[];
  /** On a terminal too narrow for all of `names`, these go, in this order. */
  expendable?: readonly N[];
  /** The orders that the list has by itself: these it need not read whole. */
  orders?: Readonly<Record<string, Direction<N>>>;
  /** Rows that are drawn dim. */
  dim?: (row: T) => boolean;
  /** That there is nothing in a column since nobody keeps it. */
  isUnknown?: (row: T, name: N) => boolean;
  /** Rows that are drawn red. */
  alarming?: (row: T) => boolean;
}

/** A time: relative for people ("3h ago"), ISO 8601 for programs. */
export function timeColumn<T>(title: string, value: (row: T) => string | null): Column<T> {
  return {
    title,
    value,
    time: true,
    show: (row, now) => {
      const at = value(row);
      return at ? relativeTime(at, now) : '-';
    },
  };
}

/** The same column with times as those of this machine. */
export function inLocalTime<T>(column: Column<T>): Column<T> {
  if (!column.time) return column;
  const value = (row: T) => {
    const at = column.value(row);
    return typeof at === 'string' ? localTime(at) : at;
  };
  return { ...column, value, show: (row) => String(value(row) ?? '') };
}

/** The names of a set of columns, in their order. */
export function columnNames<N extends string>(columns: Readonly<Record<N, unknown>>): N[] {
  return Object.keys(columns) as N[];
}

/** The id of a row for programs, exact and whole; null where rows of this kind have none. */
export function idOf<T, N extends string>({ columns }: ListView<T, N>, row: T): string | null {
  const column: Column<T> | undefined = (columns as Readonly<Record<string, Column<T>>>)['id'];
  return column ? String(column.value(row)) : null;
}

/** A cell for people: `-` where there is nothing, `–` where nobody knows. */
export function shownCell<T, N extends string>(view: ListView<T, N>, name: N, row: T, now: Date): string {
  const column = view.columns[name];
  const value = column.show ? column.show(row, now) : column.value(row);
  if (value !== null && value !== '' && value !== '-') return printable(String(value));
  return view.isUnknown?.(row, name) ? '–' : '-';
}

/** What random ids look like: nobody types them whole. Others say something by their beginning, or are short. */
const RANDOM = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9A-Za-z]{24,})$/;

/** For people: random ids short enough to type and long enough to be unique among these, from 8 digits up. */
export function shortIds(ids: readonly string[]): string[] {
  const digits = ids.map((id) => (RANDOM.test(id) ? id.replaceAll('-', '') : id));
  let length = 8;
  while (length < 64 && new Set(digits.map((d) => d.slice(0, length))).size < new Set(digits).size) length += 1;
  return digits.map((d, i) => (RANDOM.test(ids[i] ?? '') ? d.slice(0, length) : printable(d)));
}
