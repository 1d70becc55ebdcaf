import type { Transaction } from '../port/database.ts';
import { selectValue } from '../port/sql.ts';

/** What waits for the operator. */
export interface Housekeeping {
  /** Of the last one in which no step failed. */
  lastCleanupAt: string | null;
  /** Steps that failed in the latest one. */
  cleanupFailed: string[];
  /** Counted to `cap`. */
  openAlerts: number;
}

/** `userId`: with the alerts of this user alone. */
export function selectHousekeeping(tx: Transaction, cap: number, userId?: string): Promise<Housekeeping> {
  const user = userId ?? null;
  return selectValue<Housekeeping>(
    tx,
  )`select json_build_object('lastCleanupAt', last_cleanup_at, 'cleanupFailed', coalesce(cleanup_failed, '{}'),
       'openAlerts', (select count(*) from (
         select from tomo.alerts
          where acknowledged_at is null and (${user}::uuid is null or user_id = ${user}::uuid) limit ${cap}) a))
     from tomo.settings`;
}
