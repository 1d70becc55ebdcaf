import { Random } from './random.ts';

/**
 * Whether everything is tested, as CI does (TOMO_TEST_ALL=1): every suite on both engines, every adopted server and
 * value, random models at length. Else a part of it that another seed chooses anew.
 */
export const EVERYTHING = process.env.TOMO_TEST_ALL === '1';

/** All of a list, or so many of it, in their order. */
export function some<T>(name: string, list: readonly T[], most: number): T[] {
  if (EVERYTHING) return [...list];
  const random = new Random(name);
  const chosen = new Set(
    list
      .map((_, i) => ({ i, at: random.next() }))
      .sort((a, b) => a.at - b.at)
      .slice(0, most)
      .map(({ i }) => i),
  );
  return list.filter((_, i) => chosen.has(i));
}

/** How often a random model is run. */
export function runs(all: number): number {
  return EVERYTHING ? all : Math.ceil(all / 5);
}
