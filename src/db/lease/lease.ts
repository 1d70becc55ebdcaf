import { randomUUID } from 'node:crypto';
import { TomoError } from '../../model/errors.ts';
import type { Database } from '../port/database.ts';

/** Seconds after which the lease of a program that has vanished may be taken by another one. */
const TERM = 120;

/** For work that cannot renew its lease on the way. */
export const LONGEST_TERM = 3600;

export type LeaseName = 'cleanup' | 'geo' | 'indexes';

/** What one program at a time does; see tomo.take_lease(). */
export class Lease {
  readonly #db: Database;
  readonly #name: LeaseName;
  readonly #term: number;
  readonly #owner = randomUUID();
  #renewed = 0;

  constructor(db: Database, name: LeaseName, term: number) {
    this.#db = db;
    this.#name = name;
    this.#term = term;
  }

  /**
   * Call it between two batches: it asks the database only when a good part of the term is over. False:
   * somebody else has it.
   */
  async hold(): Promise<boolean> {
    if (Date.now() - this.#renewed < (this.#term / 4) * 1000) return true;
    const [row] = await this.#db.query<{ held: boolean }>('select tomo.take_lease($1, $2, $3) as held', [
      this.#name,
      this.#owner,
      this.#term,
    ]);
    if (row?.held) this.#renewed = Date.now();
    return row?.held === true;
  }

  /** False: it could not be reached, and runs out by itself. */
  release(): Promise<boolean> {
    const released = this.#db.query('select tomo.release_lease($1, $2)', [this.#name, this.#owner]);
    return released.then(
      () => true,
      () => false,
    );
  }
}

/** Runs the work while this program has the lease; undefined when another one has it. */
export async function withLease<T>(
  db: Database,
  name: LeaseName,
  work: (lease: Lease) => Promise<T>,
  term = TERM,
): Promise<T | undefined> {
  const lease = new Lease(db, name, term);
  if (!(await lease.hold())) return undefined;
  const { result, error } = await work(lease).then(
    (result) => ({ result, error: undefined }),
    (error: unknown) => ({ result: undefined, error }),
  );
  const released = await lease.release();
  if (error === undefined) return result;
  if (released || !(error instanceof TomoError)) throw error;
  const held = `Nobody else can do this until its lease has run out, within ${term} s.`;
  throw new TomoError(error.code, error.message, { ...error, hint: [held, error.hint].filter(Boolean).join(' ') });
}
