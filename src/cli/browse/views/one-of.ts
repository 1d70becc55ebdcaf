import { didYouMean } from '../../../domain/text/did-you-mean.ts';
import { invalidField } from '../../../model/errors.ts';

/** One of these words as it was typed. Throws INVALID_INPUT naming them. */
export function oneOf<T extends string>(words: readonly T[], text: string, field: string): T {
  const found = words.find((word) => word === text.toLowerCase());
  if (found !== undefined) return found;
  throw invalidField(field, `there is no "${text}".`, didYouMean(text, words) ?? `There are: ${words.join(', ')}.`);
}
