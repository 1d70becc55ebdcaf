import type { Transaction } from './database.ts';

/** Days that ended sessions are kept. */
export async function selectSessionRetention(tx: Transaction): Promise<number> {
  const [row] = await tx.query<{ days: number }>('select retention_sessions as days from tomo.settings');
  return row?.days ?? 7;
}
