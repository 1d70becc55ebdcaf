import { setTimeout as sleep } from 'node:timers/promises';
import { loadSqlite } from './load-sqlite.ts';

const POLL = 20;

/**
 * Holds `file` alone, against all processes, until the function that comes back is called: by an exclusive SQLite
 * lock, which is one of the operating system and cannot go stale, since it ends with the process however that dies.
 * Waits up to `patience` milliseconds; null: somebody else has it still.
 */
export async function lockFile(file: string, patience: number): Promise<(() => void) | null> {
  const Sqlite = loadSqlite();
  const lock = new Sqlite(file);
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      lock.exec('begin exclusive');
      return () => lock.close();
    } catch (error) {
      const taken = /locked/i.test(String(error));
      if (taken && Date.now() < deadline) {
        await sleep(POLL);
        continue;
      }
      lock.close();
      if (taken) return null;
      throw error;
    }
  }
}
