/**
 * What an alias stands for, word by word: $1, $2 … are the arguments, those that it does not name come behind it.
 * `missing`: what stands for one that is not there.
 */
export function aliasWords(text: string, rest: readonly string[], missing: (digit: string) => string): string[] {
  const used = new Set<number>();
  const words = split(text).map((word) =>
    word.replaceAll(/\$(\d)/g, (_, digit: string) => {
      used.add(Number(digit) - 1);
      return rest[Number(digit) - 1] ?? missing(digit);
    }),
  );
  return [...words, ...rest.filter((_, i) => !used.has(i))];
}

/** How many arguments an alias names. */
export function argumentsIn(text: string): number {
  return Math.max(0, ...[...text.matchAll(/\$(\d)/g)].map(([, digit]) => Number(digit)));
}

/** Whether a quote is left open, which says nothing of where its word ends. */
export function hasOpenQuote(text: string): boolean {
  return /["']/.test(text.replaceAll(QUOTED, ''));
}

const QUOTED = /"([^"]*)"|'([^']*)'/g;

/** Words as a shell takes them: quotes hold them together. */
function split(text: string): string[] {
  const words = text.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => word.replaceAll(QUOTED, (_, double, single) => double ?? single));
}
