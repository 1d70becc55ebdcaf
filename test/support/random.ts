import { createHash } from 'node:crypto';
import { inject } from 'vitest';

/** Chance that can be repeated: what it gives follows from the seed of the run (TOMO_TEST_SEED) and the name. */
export class Random {
  #state: number;

  constructor(name: string) {
    this.#state = createHash('sha256')
      .update(`${inject('seed')} ${name}`)
      .digest()
      .readUInt32LE();
  }

  /** From 0 to below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.next() * list.length)];
  }
}
