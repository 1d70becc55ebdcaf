import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, type Listening, read } from '../../db/port/database.ts';
import { type EndedByRevocation, LATEST, selectEnded, selectLatestRevocations } from '../../db/revocation/revoke.ts';

const CHANNEL = 'tomo_session_ended';
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 30_000;
/** Between two looks, however many notifications arrive. */
const BETWEEN_LOOKS = 50;

/**
 * What a revocation has ended: chosen sessions, a user's, or everybody's, each without `kept`. `unknown`: anything may
 * have ended, as while the connection was lost; check every session you hold.
 */
export type SessionsEnded = EndedByRevocation | { scope: 'unknown' };

export interface ListenOptions {
  /** Called with one at a time, in their order. */
  onEnded: (ended: SessionsEnded) => void | Promise<void>;
  /** A lost connection, a failed attempt to get it back, an error of onEnded. It goes on by itself. */
  onError?: (error: unknown) => void;
  /** Milliseconds between two looks whether the connection still answers; default 30,000. */
  heartbeat?: number;
}

/**
 * Learns of revocations within moments of their commit, to close what a request does not check again: a web socket, a
 * stream, a cache. Any role of the database may send a notification, whatever it says: it only makes this one look for
 * revocations that are new, each of which is told once. It takes the place of no check: a notification can be late or
 * lost, and logouts and timeouts send none. LISTEN (https://www.postgresql.org/docs/current/sql-notify.html) on a
 * connection of its own, which a pooler in transaction mode does not give; one that is lost is sought again with
 * growing pauses of up to 30 s. Needs to read tomo.revocations and tomo.sessions; without that right everything is
 * `unknown`. Rejects when it cannot connect at first.
 */
export async function listenForRevocations(
  db: Database,
  { onEnded, onError, heartbeat = 30_000 }: ListenOptions,
): Promise<{ close: () => Promise<void> }> {
  const closing = new AbortController();
  const pause = (ms: number) => sleep(ms, undefined, { signal: closing.signal });
  let last = Promise.resolve();
  /**
   * The latest ones, of which nothing is to be told any more; null: nobody knows. What is older than
   * `oldest` is not new.
   */
  let known: Set<number> | null = null;
  let oldest = 0;
  let looking = false;
  let lookAgain = false;
  let line = await open();
  void stayConnected().catch(() => {});

  interface Line {
    listening: Listening;
    lost: Promise<unknown>;
  }

  async function open(): Promise<Line> {
    const { promise: lost, resolve } = Promise.withResolvers<unknown>();
    // before listening: what is committed after this is new. Without the right to read it each look says so
    // twice: where another server answers than before, the first time only says so
    await news()
      .catch(news)
      .catch(() => {});
    const listening = await db.listen(CHANNEL, { notified: look, lost: resolve });
    return { listening, lost };
  }

  async function stayConnected(): Promise<void> {
    for (;;) {
      const error = await Promise.race([line.lost, silence(line.listening)]);
      await line.listening.close();
      closing.signal.throwIfAborted();
      report(error);
      // another server may give a number again that the failed one had given last
      known = null;
      oldest = 0;
      line = await reopen();
      // what was revoked meanwhile was told to nobody
      tell({ scope: 'unknown' });
    }
  }

  async function reopen(): Promise<Line> {
    for (let ms = FIRST_PAUSE; ; ms = Math.min(ms * 2, LONGEST_PAUSE)) {
      // not all servers at the same moment
      await pause(ms * (0.5 + Math.random() / 2));
      try {
        return await open();
      } catch (error) {
        report(error);
      }
    }
  }

  /** Ends when the connection does not answer: a peer that has vanished says nothing. */
  async function silence(listening: Listening): Promise<unknown> {
    try {
      for (;;) {
        await pause(heartbeat);
        const tooLong = pause(heartbeat).then(() =>
          Promise.reject(new Error('The listening connection does not answer.')),
        );
        await Promise.race([listening.check(), tooLong]);
      }
    } catch (error) {
      return error;
    }
  }

  /** What has ended since the last look, in the order of the revocations. */
  function news(): Promise<SessionsEnded[]> {
    return read(
      db,
      async (tx) => {
        const ids = await selectLatestRevocations(tx);
        const before = known;
        const fresh = ids.filter((id) => id >= oldest && !before?.has(id));
        const ended: SessionsEnded[] = [];
        // what is heard on the primary a standby that is read may not have yet
        if (before === null || fresh.length === LATEST || db.standby()) ended.push({ scope: 'unknown' });
        else for (const id of fresh) ended.push(...(await selectEnded(tx, id)));
        known = new Set(ids);
        if (ids.length === LATEST) oldest = Math.max(oldest, ids[0] ?? 0);
        return ended;
      },
      { anySchema: true },
    );
  }

  /** One look at a time, and one more for all that was heard meanwhile. */
  function look(): void {
    lookAgain = true;
    if (!looking) void lookWhileAsked().catch(() => {});
  }

  async function lookWhileAsked(): Promise<void> {
    looking = true;
    try {
      while (lookAgain) {
        lookAgain = false;
        const ended = await news().catch((error): SessionsEnded[] => {
          report(error);
          return [{ scope: 'unknown' }];
        });
        ended.forEach(tell);
        await pause(BETWEEN_LOOKS);
      }
    } finally {
      looking = false;
    }
  }

  function tell(ended: SessionsEnded): void {
    last = last
      .then(async () => {
        if (!closing.signal.aborted) await onEnded(ended);
      })
      .catch(report);
  }

  function report(error: unknown): void {
    if (closing.signal.aborted) return;
    try {
      onError?.(error);
    } catch {
      // listening goes on whatever becomes of the report
    }
  }

  return {
    close: async () => {
      closing.abort();
      await line.listening.close();
    },
  };
}
