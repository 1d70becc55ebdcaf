import type { Transaction } from '../port/database.ts';
import { execute, type Sql, selectValues, sql } from '../port/sql.ts';
import type { Mapping } from './mapping.ts';

/** Rows that are fetched together. */
const TOGETHER = 500;

/** Several may be read at once in one transaction: each has a cursor of its own. */
let declared = 0;

/**
 * The JSON texts of a query in groups, between which others may be asked on the same connection. Whoever has enough
 * just stops, which costs nothing: a COPY would have to be read to its end. `all`: they are wanted to the last, not
 * the first ones soon.
 */
export async function* inGroups(
  tx: Transaction,
  { dialect }: Mapping,
  select: Sql,
  { all }: { all: boolean },
): AsyncGenerator<string[]> {
  if (!dialect.cursors) {
    let group: string[] = [];
    for await (const line of tx.lines(select.text, select.parameters)) {
      group.push(line);
      if (group.length < TOGETHER) continue;
      yield group;
      group = [];
    }
    yield group;
    return;
  }
  declared += 1;
  const cursor = sql.raw(`tomo_rows_${declared}`);
  const fetch = () => selectValues<string>(tx)`fetch ${sql.raw(String(TOGETHER))} from ${cursor}`;
  // in one round trip; where one of them fails, the last one says why
  tx.script(`set local cursor_tuple_fraction = ${all ? 1 : 0.001}`).catch(() => {});
  execute(tx)`declare ${cursor} no scroll cursor for ${select}`.catch(() => {});
  let group = await fetch();
  try {
    yield group;
    while (group.length === TOGETHER) {
      group = await fetch();
      yield group;
    }
  } finally {
    // nobody waits for it; after an error the transaction is over, and the cursor with it
    tx.script(`close ${cursor.text}`).catch(() => {});
  }
}
