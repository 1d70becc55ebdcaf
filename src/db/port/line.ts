import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Standby } from '../../model/standby.ts';
import type { Question } from './database.ts';
import { endsConnection, sendable } from './failure.ts';

/** What we need of a client of `pg`, of whatever version. */
export interface PgClient {
  /** Of the server's process, as whoever answered at the log-in has named it. */
  processID?: number | null;
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

/** What becomes of one thing that was asked. */
interface Asked {
  /** Undefined: it may be asked at once. */
  turn: Promise<void> | undefined;
  /**
   * Waits for a part of its answer for so many milliseconds, counted from the end of the answer before; 0: as long as
   * the server works on it. Rejects with the reason why none comes.
   */
  within: <T>(milliseconds: number, part: Promise<T>) => Promise<T>;
  /** Its answer is over. */
  over: () => void;
}

/**
 * A connection on which every answer comes in time, or it is given up: one that has gone silent would wait for ever.
 * What is asked in one turn of the event loop goes in one burst, if it is pipelined; else one after the other.
 */
export class Line {
  readonly client: PgClient;
  readonly location: string;
  readonly patience: Patience;
  /** Of the server's process that runs the transaction. */
  pid: number | null = null;
  standby: Standby | null = null;
  /** What becomes of a statement before it is sent; set once it is known that the tables lie on several servers. */
  distributed: ((statement: string) => string) | undefined;
  readonly #pipelined: boolean;
  readonly #lookAfter: LookAfter | undefined;
  #end: Error | undefined;
  /** Until all that was asked has been answered. */
  #busy: Promise<void> = Promise.resolve();
  /** What is done before the burst of this turn goes; undefined: there is none yet. */
  #burst: (() => void)[] | undefined;

  constructor(
    client: PgClient,
    location: string,
    options: { patience?: Patience; pipelined?: boolean; lookAfter?: LookAfter } = {},
  ) {
    this.client = client;
    this.location = location;
    this.patience = options.patience ?? PATIENCE;
    this.#pipelined = options.pipelined === true;
    this.#lookAfter = options.lookAfter;
  }

  /** A question as this database takes it. */
  asked(question: Question, distributed: Question = question): { text: string; values: unknown[] } {
    const { text, parameters } = this.distributed ? distributed : question;
    return { text: this.distributed?.(text) ?? text, values: sendable(parameters) };
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

  /** Until all that was asked so far has been answered, one way or the other. */
  get answered(): Promise<void> {
    return this.#busy;
  }

  /** Waits for an answer; see Asked. */
  async answer<T>(milliseconds: number, ask: () => Promise<T>): Promise<T> {
    const { turn, within, over } = this.begin();
    try {
      if (turn) await turn;
      return await within(milliseconds, ask());
    } finally {
      over();
    }
  }

  /** Something is about to be asked. */
  begin(): Asked {
    if (this.#end) throw this.#end;
    const before = this.#busy;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#busy = promise.then(() => before);
    if (this.#pipelined) this.atEndOfTurn();
    return {
      turn: this.#pipelined ? undefined : before,
      within: (milliseconds, part) => this.#within(milliseconds, before, part),
      over: resolve,
    };
  }

  /** What is sent in this turn of the event loop goes at its end, as one; `act` may add to it. */
  atEndOfTurn(act: () => void = () => {}): void {
    if (this.#burst) return void this.#burst.push(act);
    this.#burst = [act];
    const { stream } = (this.client as Client).connection;
    if (this.#pipelined) stream.cork();
    setImmediate(() => {
      for (const add of this.#burst ?? []) add();
      this.#burst = undefined;
      if (this.#pipelined) stream.uncork();
    });
  }

  async #within<T>(milliseconds: number, before: Promise<void>, part: Promise<T>): Promise<T> {
    const answered = new AbortController();
    void before.then(() => this.#limit(milliseconds, answered.signal));
    try {
      return await part;
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

/** Closes the socket at once. */
export function cutOff(client: PgClient): void {
  (client as Client).connection.stream.destroy();
}

function silence(milliseconds: number): Error {
  return Object.assign(new Error(`no answer for ${Math.round(milliseconds / 1000)} s`), { code: 'ETIMEDOUT' });
}
