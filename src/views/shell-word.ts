import { shellQuote } from '../domain/text/shell-quote.ts';
import { printable } from './printable.ts';

/** A word as it can be typed into a shell, printable. */
export function shellWord(word: string): string {
  return printable(shellQuote(word));
}
