import type { Ran } from './run.ts';

/**
 * All rows of a list, read page by page: each with the cursor that the one before has given. `key`:
 * of the rows in JSON.
 */
export async function allPages<T>(list: (...argv: string[]) => Promise<Ran>, key: string): Promise<T[]> {
  const rows: T[] = [];
  for (let after: string[] = [], more = true; more; ) {
    const page: Record<string, unknown> = (await list('--json', ...after)).json();
    rows.push(...(page[key] as T[]));
    more = typeof page.nextCursor === 'string';
    after = ['--after', String(page.nextCursor)];
  }
  return rows;
}
