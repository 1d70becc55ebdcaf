import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../db/port/database.ts';
import { refusedByStandby } from '../../db/port/rights.ts';
import { type ErrorCode, TomoError } from '../../model/errors.ts';
import type { Terminal } from './terminal.ts';

/**
 * Milliseconds after Ctrl-C in which a change may come to its end before its connection is given up; a read has none.
 */
const GRACE = 3000;

/** Failures that do not say by themselves what became of the change. */
const CUT_OFF = new Set<ErrorCode>([
  'DATABASE_UNREACHABLE',
  'DATABASE_READ_ONLY',
  'DATABASE_BUSY',
  'DATABASE_UNUSABLE',
  'INTERRUPTED',
]);

/** Where to see whether a change is in force, by the beginning of the command. */
const LOOK_UP: readonly [command: string, where: string][] = [
  ['session:create', 'tomo session list'],
  ['session:cleanup', 'tomo status'],
  ['session', 'tomo revocation list'],
  ['token', 'tomo revocation list'],
  ['config', 'tomo config show'],
  ['alert', 'tomo alert list --state all'],
  ['device', 'tomo device list'],
  ['geo', 'tomo geo status'],
  ['db', 'tomo db status'],
  ['', 'tomo audit list'],
];

/** Shows that something goes on. */
type Show = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Stands between a command and its database: Ctrl-C ends it whatever the line does, and what is cut off
 * says what is in force.
 */
export class Guard {
  readonly #terminal: Pick<Terminal, 'onInterrupt'>;
  readonly #command: string;
  readonly #changes: boolean;
  readonly #show: Show;
  #db: Database | undefined;
  #writes = false;
  /** Changes that have been confirmed. */
  #confirmed = 0;
  #interrupted = false;
  #watching = false;
  readonly #abandoned = new AbortController();

  constructor(terminal: Pick<Terminal, 'onInterrupt'>, options: { command: string; changes: boolean; show?: Show }) {
    this.#terminal = terminal;
    this.#command = options.command;
    this.#changes = options.changes;
    this.#show = options.show ?? ((work) => work());
  }

  /**
   * The database of the command, guarded. `writes`: a standby is refused before it is asked in vain, or says
   * what is no longer so.
   */
  over(db: Database, writes: boolean): Database {
    this.#db = db;
    this.#writes = writes;
    return {
      ...db,
      query: (sql, params) => this.#show(() => this.#run(false, () => db.query(sql, params))),
      transaction: (options, work) =>
        this.#show(() =>
          this.#run(options.readOnly !== true, () => db.transaction(options, work), options.readOnly ? 0 : GRACE),
        ),
      pause: (milliseconds) => this.#run(false, () => sleep(milliseconds)),
    };
  }

  /** Aborted once nothing is waited for any more, nor connected to. */
  get abandoned(): AbortSignal {
    return this.#abandoned.signal;
  }

  /** Ends what is running, with an error INTERRUPTED, also where it is still being connected to. */
  abandon(): void {
    this.#abandoned.abort(new TomoError('INTERRUPTED', 'Interrupted.'));
    this.#db?.abandon();
  }

  /**
   * Runs work that ends by itself soon after the signal; if it does not within `grace`, its connection is given up.
   */
  async interruptible<T>(work: (signal: AbortSignal) => Promise<T>, grace = GRACE): Promise<T> {
    const controller = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const stop = this.#terminal.onInterrupt(() => {
      controller.abort();
      timer ??= setTimeout(() => this.abandon(), grace);
    });
    this.#watching = true;
    try {
      return await work(controller.signal);
    } finally {
      this.#watching = false;
      clearTimeout(timer);
      stop();
    }
  }

  async #run<T>(isChange: boolean, work: () => Promise<T>, grace = GRACE): Promise<T> {
    const matters = isChange || this.#changes;
    // the embedded database ends with this program
    const alone = matters && !this.#watching && !this.#db?.embedded;
    try {
      const result = await (alone ? this.#alone(isChange, work, grace) : work());
      if (this.#writes && this.#db?.standby()) throw refusedByStandby(this.#db);
      if (isChange) this.#confirmed += 1;
      return result;
    } catch (error) {
      if (!(matters && error instanceof TomoError)) throw error;
      // what is not found on a standby may be there on the primary
      const refused = this.#writes && this.#db?.standby() && !CUT_OFF.has(error.code);
      throw this.#inWords(refused ? refusedByStandby(this.#db as Database) : error);
    }
  }

  /**
   * A step of a command that nothing else stops. A change that was confirmed after all is told;
   * anything else ends there.
   */
  async #alone<T>(isChange: boolean, work: () => Promise<T>, grace: number): Promise<T> {
    const check = () => {
      if (this.#interrupted) throw new TomoError('INTERRUPTED', 'Interrupted.');
    };
    check();
    const result = await this.interruptible((signal) => {
      signal.addEventListener('abort', () => {
        this.#interrupted = true;
      });
      return work();
    }, grace);
    if (!isChange) check();
    return result;
  }

  #inWords(error: TomoError): TomoError {
    const { code, message, hint, outcome, reason } = error;
    if (!CUT_OFF.has(code)) return error;
    const before = this.#confirmed > 0;
    const unknown = outcome === 'unknown';
    const words = unknown
      ? `${before ? 'What was done before is in force; whether' : 'Whether'} this is in force is not known: no answer came.`
      : before
        ? reason === 'another-server'
          ? 'What was done before was in force at the first; whether the other one has it is not known.'
          : 'What was done before is in force, and nothing else.'
        : 'Nothing was changed.';
    const [, where] = LOOK_UP.find(([command]) => this.#command.startsWith(command)) ?? [];
    return new TomoError(code, `${message} ${words}`, {
      ...error,
      // before what may say to try again
      hint: [unknown || before ? `To find out: ${where}` : undefined, hint].filter(Boolean).join('\n') || undefined,
      outcome: before && !unknown ? undefined : outcome,
      cause: error.cause,
    });
  }
}
