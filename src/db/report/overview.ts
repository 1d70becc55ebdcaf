import type { Transaction } from '../port/database.ts';

/** What waits for the operator. */
export interface Housekeeping {
  lastCleanupAt: string | null;
  /** Counted to `cap`. */
  openAlerts: number;
}

export async function selectHousekeeping(tx: Transaction, cap: number): Promise<Housekeeping> {
  const [row] = await tx.query<{ json: Housekeeping }>(
    `select json_build_object(
       'lastCleanupAt', last_cleanup_at,
       'openAlerts', (select count(*)::int from (select from tomo.alerts where acknowledged_at is null limit $1) a)) as json
     from tomo.settings`,
    [cap],
  );
  return row?.json ?? { lastCleanupAt: null, openAlerts: 0 };
}
