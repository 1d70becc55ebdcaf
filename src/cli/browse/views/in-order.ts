import type { ByColumn, ColumnPage } from '../../../domain/list/list.ts';
import { COUNT_CAP } from '../../../domain/list/page.ts';
import { invalidInput } from '../../../model/errors.ts';
import type { ListView } from '../../../views/columns.ts';
import { grouped } from '../../../views/number.ts';
import { pageByDatabase, sortedPage, sortingOf } from '../../list/sorting.ts';
import type { Query, ViewPage } from '../view.ts';

/** What a list is asked for. */
type Place<S> = Pick<Query, 'limit' | 'after' | 'withTotal'> & { sort: S };

/**
 * A page in an order that the list has by itself, or by any column: where the database cannot sort by it (`byColumn`), of no
 * more than COUNT_CAP rows. `usual`: the order of the list. Throws INVALID_INPUT where they are more.
 */
export async function inOrder<T, N extends string, S extends string>(
  { sort, reverse, limit, after, withTotal }: Query,
  view: ListView<T, N>,
  usual: S,
  page: (place: Place<S>) => Promise<ViewPage<T>>,
  byColumn?: (by: ByColumn, limit: number) => Promise<ColumnPage<T> | null>,
): Promise<ViewPage<T>> {
  const sorting = sortingOf(view, { sort, reverse }, usual);
  if (sorting?.kind !== 'column') return page({ sort: sorting?.sort ?? usual, limit, after, withTotal });
  const sorted = byColumn && (await pageByDatabase(byColumn, sorting, { limit, after }));
  if (sorted) return sorted;
  const { rows, nextCursor } = await page({ sort: usual, limit: COUNT_CAP, after: undefined, withTotal: false });
  if (nextCursor) {
    throw invalidInput(
      `More than ${grouped(COUNT_CAP)} match: to sort them by ${sorting.column}, narrow the search. s takes an order that the database has.`,
    );
  }
  const all = async (write: (json: string) => Promise<void> | undefined) => {
    for (const row of rows) await write(JSON.stringify(row));
  };
  return sortedPage(all, view, sorting, { limit, after });
}
