import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Standby } from './database.ts';
import { endsConnection } from './failure.ts';

/** What we need of a client of `pg`, of whatever version. */
export interface PgClient {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  on(event: 'notification', listener: (message: { payload?: string | undefined }) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
}

/** Milliseconds that this side waits for an answer. */
export interface Patience {
  /** For the beginning of a transaction, which asks nothing of the server. */
  begin: number;
  commit: number;
  /** What the server stops by itself it is given this much longer for. */
  grace: number;
  /** What may take as long as it likes is looked after so often. */
  look: number;
}

export const PATIENCE: Patience = { begin: 10_000, commit: 30_000, grace: 5_000, look: 15_000 };

/** Asks on another connection whether the server still works for this one; `pid`: its process, if that is known. */
export type LookAfter = (pid: number | null) => Promise<boolean>;

/** A connection on which every answer comes in time, or it is given up: one that has gone silent would wait for ever. */
export class Line {
  readonly client: PgClient;
  readonly location: string;
  readonly patience: Patience;
  /** Of the server's process that runs the transaction. */
  pid: number | null = null;
  standby: Standby | null = null;
  readonly #lookAfter: LookAfter | undefined;
  #end: Error | undefined;

  constructor(
    client: PgClient,
    location: string,
    { patience = PATIENCE, lookAfter }: { patience?: Patience; lookAfter?: LookAfter | undefined } = {},
  ) {
    this.client = client;
    this.location = location;
    this.patience = patience;
    this.#lookAfter = lookAfter;
  }

  get isLost(): boolean {
    return this.#end !== undefined;
  }

  /** Notes that the connection has ended. The first reason counts. */
  lose(why: Error): void {
    this.#end ??= why;
  }

  /** Ends the connection without waiting for the other side; what waits for an answer fails for this reason. */
  giveUp(why: Error): void {
    if (!this.isLost) cutOff(this.client);
    this.lose(why);
  }

  /** Waits for an answer for so many milliseconds; 0: as long as the server works on it. Rejects with the reason why none comes. */
  async answer<T>(milliseconds: number, ask: () => Promise<T>): Promise<T> {
    if (this.#end) throw this.#end;
    const answered = new AbortController();
    void this.#limit(milliseconds, answered.signal);
    try {
      return await ask();
    } catch (error) {
      if (endsConnection(error)) this.lose(error as Error);
      throw this.#end ?? error;
    } finally {
      answered.abort();
    }
  }

  async #limit(milliseconds: number, signal: AbortSignal): Promise<void> {
    const over = (ms: number) => sleep(ms, true, { signal }).catch(() => false);
    if (milliseconds > 0) {
      if (await over(milliseconds)) this.giveUp(silence(milliseconds));
      return;
    }
    // twice: an answer may just be on its way
    for (let idle = 0; this.#lookAfter && idle < 2 && (await over(this.patience.look)); ) {
      idle = (await this.#lookAfter(this.pid)) ? 0 : idle + 1;
      if (idle === 2 && !signal.aborted) this.giveUp(silence(2 * this.patience.look));
    }
  }
}

/** Closes the socket without a farewell, which a peer that is gone would not answer. */
export function cutOff(client: PgClient): void {
  (client as Client).connection.stream.destroy();
}

function silence(milliseconds: number): Error {
  return Object.assign(new Error(`no answer for ${Math.round(milliseconds / 1000)} s`), { code: 'ETIMEDOUT' });
}
