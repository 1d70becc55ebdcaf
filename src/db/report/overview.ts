import type { Transaction } from '../port/database.ts';
import { selectRows } from '../port/sql.ts';

/** What waits for the operator. */
export interface Housekeeping {
  lastCleanupAt: string | null;
  /** Counted to `cap`. */
  openAlerts: number;
}

export async function selectHousekeeping(tx: Transaction, cap: number): Promise<Housekeeping> {
  const [row] = await selectRows<{ json: Housekeeping }>(tx)`select json_build_object(
       'lastCleanupAt', last_cleanup_at,
       'openAlerts', (select count(*)::int from (select from tomo.alerts where acknowledged_at is null limit ${cap}) a)) as json
     from tomo.settings`;
  return row?.json ?? { lastCleanupAt: null, openAlerts: 0 };
}
