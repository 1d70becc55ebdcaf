import { shellQuote } from './shell-quote.ts';

/**
 * What is not seen, moves a cursor or turns text around: controls, formats, half of a pair, line and
 * paragraph separators.
 */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/u;

/**
 * A word that somebody types or pastes into bash, zsh or ksh: printable, and read as it was. What is not seen is
 * written by its bytes, as in $'a\x1bb', since escapes of characters depend on the locale.
 * https://www.gnu.org/software/bash/manual/html_node/ANSI_002dC-Quoting.html
 */
export function shellWord(word: string): string {
  if (!UNSEEN.test(word)) return shellQuote(word);
  const escaped = [...word].map((character) =>
    UNSEEN.test(character) ? bytes(character) : character.replace(/['\\]/, '\\$&'),
  );
  return `$'${escaped.join('')}'`;
}

/** The same for an argument, which is not taken for an option. Nothing but arguments follows it. */
export function argumentWord(word: string): string {
  return `${word.startsWith('-') ? '-- ' : ''}${shellWord(word)}`;
}

/** The same for an option and its value: --user alice. */
export function optionWords(name: string, value: string): string {
  return `--${name}${value.startsWith('-') ? '=' : ' '}${shellWord(value)}`;
}

function bytes(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}
