/** Counting for a hint stops here. */
export const COUNT_CAP = 1000;

/** The rows of a list, all of them or one page. */
export interface ListPage<T> {
  rows: T[];
  /** For the next page; null or missing when there is none. */
  nextCursor?: string | null;
  /**
   * How many there are in all, counted to COUNT_CAP + 1; null or missing when that is not known. The rows do not wait
   * for it.
   */
  total?: number | null | Promise<number | null>;
}

/** What a list prints as JSON: its rows under the key `K`, and `More`; with `--count`, how many there are. */
export type ListResult<K extends string, T, More = object> =
  | (Record<K, T[]> & { nextCursor: string | null } & More)
  | { count: number };
