import { setTimeout as sleep } from 'node:timers/promises';
import { BaseCommand, type ConnectionFlags, type Database } from './base-command.ts';

/** A command that can go on looking. */
export abstract class WatchingCommand extends BaseCommand {
  /**
   * Calls `look` every so many seconds, at once for the first time, until it returns false or Ctrl-C. A server is asked
   * over one connection. The embedded database is closed between two looks, for at least twice as long as it was open, so
   * that other commands can use it.
   */
  protected async watch(flags: ConnectionFlags, seconds: number, look: (db: Database) => Promise<boolean>): Promise<void> {
    await this.interruptible(async (signal) => {
      const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => {});
      for (let more = true; more && !signal.aborted; ) {
        const opened = performance.now();
        more = await this.withDatabase(flags, async (db) => {
          while (await look(db)) {
            if (db.embedded) return true;
            await pause(seconds * 1000);
            if (signal.aborted) return false;
          }
          return false;
        });
        if (more) await pause(Math.max(seconds * 1000, 2 * (performance.now() - opened)));
      }
    });
  }
}
