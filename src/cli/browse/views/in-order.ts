import type { Database } from '../../../db/port/database.ts';
import type { List } from '../../../domain/list/list.ts';
import { COUNT_CAP } from '../../../domain/list/page.ts';
import { invalidInput } from '../../../model/errors.ts';
import type { ListView } from '../../../views/columns.ts';
import { grouped } from '../../../views/number.ts';
import { pageByDatabase, sortedPage, sortingOf } from '../../list/sorting.ts';
import type { Query, ViewPage } from '../view.ts';

/** What a page is of. `usual`: the order of the list. */
interface Of<Filter, T, N extends string, S extends string> {
  view: ListView<T, N>;
  list: List<Filter, T, S>;
  filter: Filter;
  usual: S;
}

/**
 * A page in an order that the list has by itself, or by any column: where the database cannot sort by it, of no more
 * than COUNT_CAP rows. Throws INVALID_INPUT where they are more.
 */
export async function inOrder<Filter, T, N extends string, S extends string>(
  db: Database,
  { sort, reverse, limit, after, withTotal }: Query,
  { view, list, filter, usual }: Of<Filter, T, N, S>,
): Promise<ViewPage<T>> {
  const sorting = sortingOf(view, { sort, reverse }, usual);
  if (sorting?.kind !== 'column') {
    return list.page(db, filter, { sort: sorting?.sort ?? usual, limit, after, withTotal });
  }
  const sorted = await pageByDatabase((...by) => list.byColumn(db, filter, ...by), sorting, { limit, after });
  if (sorted) return sorted;
  const { rows, nextCursor } = await list.page(db, filter, { sort: usual, limit: COUNT_CAP });
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
