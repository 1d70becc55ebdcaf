/** How work in batches goes on: how long, who may stop it between two batches, and who hears of it. */
export interface Pace {
  /** Milliseconds after which no further batch is begun; null: no limit. */
  maxDuration?: number | null;
  signal?: AbortSignal | undefined;
  /** How much there is in all, once that is known. */
  onTotal?: ((total: number) => void) | undefined;
  /** How much is done; `step`: of what, where there are several. */
  onProgress?: ((done: number, step?: string) => void) | undefined;
}

/** How long work in batches may go on. */
export class Budget {
  /** Work was left because of it. */
  cut = false;
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly #signal: AbortSignal | undefined;
  readonly #hold: (() => Promise<boolean>) | undefined;

  /** `hold`: whether the right to go on is still there, where others may have taken it. */
  constructor({ maxDuration = null, signal }: Pace, hold?: () => Promise<boolean>) {
    this.until = maxDuration === null ? Number.POSITIVE_INFINITY : Date.now() + maxDuration;
    this.#signal = signal;
    this.#hold = hold;
  }

  isUsedUp(): boolean {
    this.cut ||= this.interrupted || Date.now() >= this.until;
    return this.cut;
  }

  /** The same, and whether somebody else has taken over. To be asked between two batches. */
  async isSpent(): Promise<boolean> {
    this.cut ||= this.isUsedUp() || (await this.#hold?.()) === false;
    return this.cut;
  }

  /** Stopped by the signal. */
  get interrupted(): boolean {
    return this.#signal?.aborted === true;
  }
}
