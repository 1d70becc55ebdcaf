import { aliasWords, argumentsIn } from '../base/alias-words.ts';
import { spelled } from '../base/spellings.ts';

/**
 * The words up to the cursor, those before the last one as the command that they stand for: a spelling of others, or
 * an alias of the operator's own. What is typed for $1 is completed where $1 stands.
 */
export async function wordsMeant(
  words: readonly string[],
  isOurs: (word: string) => boolean,
  aliases: () => Promise<Readonly<Record<string, string>>>,
): Promise<string[]> {
  const current = words.at(-1) ?? '';
  const before = spelled(words.slice(0, -1));
  const [first, ...rest] = before;
  const own = first === undefined || isOurs(first) ? {} : await aliases();
  const text = first !== undefined && Object.hasOwn(own, first) ? own[first] : undefined;
  if (text === undefined) return [...before, current];
  const meant = aliasWords(text, rest, (digit) => `$${digit}`);
  const isOpen = argumentsIn(text) > rest.length;
  const at = meant.indexOf(`$${rest.length + 1}`);
  // one that stands within a word, as in --ip=$1, has no place of its own
  if (isOpen && at < 0) return [...words];
  return [...spelled(isOpen ? meant.slice(0, at) : meant), current];
}
