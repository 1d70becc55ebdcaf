import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../db/port/database.ts';
import type { DatabaseContext } from '../../model/context.ts';
import { TomoError } from '../../model/errors.ts';

/** How a command lends its database to work. `left`: nobody waits for it any more, nor for the connection. */
export type Lend = <T>(work: (db: Database) => Promise<T>, left: AbortSignal) => Promise<T>;

/** What still runs when somebody leaves has so long to end by itself; milliseconds. */
const GRACE = 3000;
/** Two looks at the embedded database: nobody else can open it meanwhile. Milliseconds. */
const EMBEDDED_PAUSE = 5000;
/** Between two statements there is nothing to stop, so it is tried again. Milliseconds. */
const AGAIN = 50;

/**
 * Looks that nobody has asked for take a twentieth of the time at most: how long to rest after one;
 * both in milliseconds.
 */
export function restAfter(look: number): number {
  return look / 0.05;
}

interface Held {
  db: Database;
  letGo: () => void;
  ended: Promise<void>;
}

/**
 * The database of a view that stays open for hours. A server's connection is kept, and sought again once it is lost;
 * the embedded database is opened for each look and let go of in between, or no cron job could use it. One at a time.
 */
export class OpenView {
  readonly #lend: Lend;
  /** Each look opens it anew. */
  readonly embedded: boolean;
  /** By which name it is looked at. */
  readonly context: DatabaseContext | null;
  readonly #check: (db: Database) => Promise<void>;
  readonly #closed: () => void;
  #held: Held | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #leaving: NodeJS.Timeout | undefined;
  readonly #left = new AbortController();
  /** Whether what runs is waited for; undefined: it is never stopped. */
  #wanted: (() => boolean) | undefined;
  #stopping: Promise<void> | undefined;

  /**
   * `check`: whether the operator may still look; their session may end while the view is open. `closed`: the
   * terminal is free again.
   */
  constructor(
    lend: Lend,
    options: {
      embedded: boolean;
      context: DatabaseContext | null;
      check: (db: Database) => Promise<void>;
      closed?: () => void;
    },
  ) {
    this.#lend = lend;
    this.embedded = options.embedded;
    this.context = options.context;
    this.#check = options.check;
    this.#closed = options.closed ?? (() => {});
  }

  /** The pause between two looks that is asked for, or the shortest there can be. */
  pause(wanted: number): number {
    return this.embedded ? Math.max(wanted, EMBEDDED_PAUSE) : wanted;
  }

  /** `wanted`: of what only looks, whether it is still waited for; see reconsider. */
  use<T>(work: (db: Database) => Promise<T>, wanted?: () => boolean): Promise<T> {
    const next = this.#last.then(async () => {
      if (wanted && !wanted()) throw new TomoError('INTERRUPTED', 'Something else is wanted by now.');
      this.#wanted = wanted;
      try {
        return await this.#use(work);
      } finally {
        this.#wanted = undefined;
        // or it would stop what comes next
        await this.#stopping;
      }
    });
    this.#last = next.catch(() => {});
    return next;
  }

  /**
   * Something else may be wanted by now: what runs for nobody is stopped, where a server can be asked to, and
   * does not hold it up.
   */
  reconsider(): void {
    const { stop } = this.#held?.db ?? {};
    if (!stop || !this.#wanted || this.#wanted() || this.#stopping) return;
    this.#stopping = stop().finally(() => {
      this.#stopping = undefined;
      setTimeout(() => this.reconsider(), AGAIN);
    });
  }

  /** Somebody leaves: a line that has gone silent does not keep them. */
  leave(): void {
    this.#leaving ??= setTimeout(() => {
      this.#left.abort(new TomoError('INTERRUPTED', 'Interrupted.'));
      this.#held?.db.abandon();
    }, GRACE);
  }

  async close(): Promise<void> {
    this.leave();
    await this.#last;
    clearTimeout(this.#leaving);
    await this.#drop();
    this.#closed();
  }

  async #use<T>(work: (db: Database) => Promise<T>): Promise<T> {
    if (this.embedded) return this.#lend(work, this.#left.signal);
    const fresh = this.#held === undefined;
    this.#held ??= await this.#hold();
    const { db } = this.#held;
    try {
      // on a new connection it has just been done
      if (!fresh) await this.#check(db);
      return await work(db);
    } catch (error) {
      if (isLost(error)) await this.#drop();
      throw error;
    }
  }

  async #hold(): Promise<Held> {
    const { promise: released, resolve: letGo } = Promise.withResolvers<void>();
    const opened = Promise.withResolvers<Database>();
    const ended = this.#lend(async (db) => {
      opened.resolve(db);
      await released;
    }, this.#left.signal).catch((error: unknown) => opened.reject(error));
    return { db: await opened.promise, letGo, ended };
  }

  async #drop(): Promise<void> {
    this.#held?.letGo();
    await this.#held?.ended;
    this.#held = undefined;
  }
}

/** Whether the connection is gone, so that the same again on a new one may work. */
function isLost(error: unknown): boolean {
  return error instanceof TomoError && error.code === 'DATABASE_UNREACHABLE';
}

/** Whether a view that stays open tries again: also where a standby, a lock or a limit has stopped one look. */
export function mayPass(error: unknown): boolean {
  return isLost(error) || (error instanceof TomoError && error.code === 'DATABASE_BUSY');
}

/** Waits, or less when something is reported, or the signal comes. */
export class Pause {
  #wake = new AbortController();

  end(): void {
    this.#wake.abort();
  }

  async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    await sleep(milliseconds, undefined, { signal: AbortSignal.any([signal, this.#wake.signal]) }).catch(() => {});
    this.#wake = new AbortController();
  }
}
