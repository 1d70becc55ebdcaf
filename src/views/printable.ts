import { grouped } from './number.ts';

// C0, DEL, C1, zero-width and bidirectional controls, line and paragraph separators, tags, lone surrogates: what
// moves the cursor, hides text or turns it around.
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\p{Cs}]|[\u{e0000}-\u{e007f}]/gu;
const UNSAFE_IN_TEXT =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\p{Cs}]|[\u{e0000}-\u{e007f}]/gu;

/**
 * Outside text made safe to show: what could act on a terminal is written out as an escape of its code, on one line.
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, escapeCharacter);
}

/**
 * The same for text of several lines or columns: newline and tab stay. Also right for JSON, where it
 * keeps the meaning.
 */
export function printableText(text: string): string {
  return text.replace(UNSAFE_IN_TEXT, escapeCharacter);
}

/** Any value of JSON as text. Not String(): an object from outside may have a toString that is none. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}

function escapeCharacter(character: string): string {
  let escaped = '';
  for (let i = 0; i < character.length; i += 1)
    escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return escaped;
}

/**
 * A name in a sentence: between quotes where it could be taken for something else, "-dash" or "3 of
 * 4"; null: of nobody.
 */
export function named(name: string | null): string {
  if (name === null) return 'nobody';
  return /^[\p{L}\p{N}_][\p{L}\p{N}_.@+-]*$/u.test(name) ? name : `"${printable(name)}"`;
}

/** Characters of what a client calls itself that are shown: as many as the schema tomo keeps. */
const LONG = 1024;

/** Outside text that may be of any length: of a long one the beginning, and how long it is. */
export function beginningOf(text: string): string {
  if (text.length <= LONG) return printable(text);
  return `${printable(text.slice(0, LONG))}... (${grouped(text.length)} characters, whole in --json)`;
}
