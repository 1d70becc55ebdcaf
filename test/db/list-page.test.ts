import { expect, it, vi } from 'vitest';
import { selectPage } from '../../src/db/list/rows.ts';
import { read } from '../../src/db/port/database.ts';
import { type Sql, sql } from '../../src/db/port/sql.ts';
import { onBothEngines, onPostgres } from '../support/database.ts';

/** A page of at most `limit` of the numbers from 1 to 5, counted by `matching`. */
const numbers = (limit: number) => sql`select n::text as json from generate_series(1, 5) n limit ${limit}::bigint`;
const IMPOSSIBLE = sql`from generate_series(1, 3) n where 1 / (n - n) > 0`;

onBothEngines('a page with its count', (t) => {
  it('has both, of one moment', async () => {
    const page = await read(t.db, (tx) =>
      selectPage<number>(tx, numbers(3), 3, sql`from generate_series(1, 5) n`, { cap: 4, last: true }),
    );
    expect(page.rows).toEqual([1, 2, 3]);
    expect(await page.total).toBe(4);
  });

  it('is not counted where it is not full', async () => {
    const page = await read(t.db, (tx) => selectPage<number>(tx, numbers(6), 6, IMPOSSIBLE, { cap: 9, last: true }));
    expect(page.rows).toEqual([1, 2, 3, 4, 5]);
    expect(await page.total).toBeNull();
  });

  it('on one connection, each by itself', async () => {
    const counts = await read(t.db, async (tx) => {
      const full = await selectPage<number>(tx, numbers(2), 2, sql`from generate_series(1, 5) n`, { cap: 9 });
      const rest = await selectPage<number>(tx, numbers(7), 7, IMPOSSIBLE, { cap: 9 });
      return Promise.all([full.total, rest.total]);
    });
    expect(counts).toEqual([5, null]);
  });
});

onPostgres('the rows of a page', (t) => {
  const page = (matching: Sql) =>
    read(t.db, (tx) => selectPage<number>(tx, numbers(3), 3, matching, { cap: 9, last: true }));

  it('do not wait for their count', async () => {
    const { rows, total } = await page(sql`from pg_sleep(0.5)`);
    expect(rows).toEqual([1, 2, 3]);
    const counted = vi.fn();
    await Promise.race([Promise.resolve(total).then(counted), Promise.resolve()]);
    expect(counted).not.toHaveBeenCalled();
    expect(await total).toBe(1);
  });

  it('are there also where they cannot be counted', async () => {
    const { rows, total } = await page(IMPOSSIBLE);
    expect(rows).toEqual([1, 2, 3]);
    await expect(total).rejects.toThrow('division by zero');
    expect(await read(t.db, (tx) => selectPage<number>(tx, numbers(1), 1, IMPOSSIBLE))).toEqual({
      rows: [1],
      total: null,
    });
  });
});
