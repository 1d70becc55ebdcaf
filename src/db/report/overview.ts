import type { Transaction } from '../port/database.ts';
import { selectValue } from '../port/sql.ts';

/** What waits for the operator. */
export interface Housekeeping {
  lastCleanupAt: string | null;
  /** Counted to `cap`. */
  openAlerts: number;
}

export function selectHousekeeping(tx: Transaction, cap: number): Promise<Housekeeping> {
  return selectValue<Housekeeping>(tx)`select json_build_object('lastCleanupAt', last_cleanup_at,
       'openAlerts', (select count(*) from (select from tomo.alerts where acknowledged_at is null limit ${cap}) a))
     from tomo.settings`;
}
