/** How long work in batches may go on. */
export class Budget {
  /** Work was left because of it. */
  cut = false;
  readonly until: number;
  readonly signal: AbortSignal | undefined;

  /** `started` in milliseconds since 1970, `maxDuration` in milliseconds; null: no limit. */
  constructor(started: number, maxDuration: number | null, signal: AbortSignal | undefined) {
    this.until = maxDuration === null ? Number.POSITIVE_INFINITY : started + maxDuration;
    this.signal = signal;
  }

  isUsedUp(): boolean {
    this.cut ||= this.signal?.aborted === true || Date.now() >= this.until;
    return this.cut;
  }
}
