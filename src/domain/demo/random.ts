import { createHash } from 'node:crypto';

/** Numbers that look random and are the same on every run: mulberry32, seeded with a text. */
export class Random {
  #state: number;

  constructor(seed: string) {
    this.#state = createHash('sha256').update(seed).digest().readUInt32LE(0);
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  /** One of the items, which must not be none. `weight` says how likely each is; without it all are alike. */
  pick<T>(items: readonly T[], weight?: (item: T) => number): T {
    const weights = items.map((item) => weight?.(item) ?? 1);
    let left = this.next() * weights.reduce((sum, w) => sum + w, 0);
    const index = weights.findIndex((w) => {
      left -= w;
      return left < 0;
    });
    const item = items[index < 0 ? items.length - 1 : index];
    if (item === undefined) throw new Error('Nothing to pick from');
    return item;
  }

  /** Looks like a UUID of version 4. */
  uuid(): string {
    const hex = Array.from({ length: 32 }, () => this.int(0, 15).toString(16)).join('');
    const variant = '89ab'[this.int(0, 3)];
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}
