import { closeSync, createReadStream, fstatSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { findTokens, isLikeToken, withoutTokens } from '../../domain/text/token-text.ts';
import type { FoundToken } from '../../domain/token/triage.ts';
import { invalidInput, TomoError } from '../../model/errors.ts';
import { printable } from '../../views/printable.ts';
import type { Terminal } from '../base/terminal.ts';
import { textOf } from './text-stream.ts';

/** What comes without a line break is cut here, so that no input can fill the memory. */
const LONGEST_LINE = 1024 * 1024;

/** Says what a token on the command line is worth. */
export const ARGUMENT_WARNING =
  'a token on the command line stays in the history of the shell, and other users see it in ps. Give - and the token on stdin.';

/** Whoever types at a terminal is told that they are waited for. */
export function invite(terminal: Terminal): void {
  if (terminal.stdin.isTTY) terminal.stderr.write('Paste it, then press Enter and Ctrl-D.\n');
}

/** Tokens to be looked at: the one that was given, or all on stdin or in a file, wherever they stand in its lines. */
export class TokenSource {
  /** Lines of stdin or the file read so far, and how many of them had no token. */
  lines = 0;
  without = 0;
  readonly #tokens: AsyncIterator<FoundToken, void>;
  readonly #peeked: FoundToken[] = [];

  /** The argument is a token itself. */
  readonly isGiven: boolean;

  /** `argument`: a token, the name of a file, or - for stdin. Throws INVALID_INPUT where it is none of them. */
  constructor(terminal: Terminal, argument: string) {
    if (argument === '-') invite(terminal);
    this.isGiven = isLikeToken(argument);
    if (this.isGiven) this.#tokens = this.#given(argument);
    else if (argument === '-') this.#tokens = this.#piped(terminal.stdin, 'What comes on stdin');
    else this.#tokens = this.#piped(openFile(argument), printable(argument));
  }

  /** The first ones, at most so many; they are not lost for `all`. */
  async peek(most: number): Promise<readonly FoundToken[]> {
    while (this.#peeked.length < most) {
      const next = await this.#tokens.next();
      if (next.done) break;
      this.#peeked.push(next.value);
    }
    return this.#peeked;
  }

  async *all(): AsyncGenerator<FoundToken, void> {
    yield* this.#peeked;
    for (let next = await this.#tokens.next(); !next.done; next = await this.#tokens.next()) yield next.value;
  }

  async *#given(argument: string): AsyncGenerator<FoundToken, void> {
    yield* tokensIn(argument).map((token) => ({ line: 1, token }));
  }

  async *#piped(from: Readable, name: string): AsyncGenerator<FoundToken, void> {
    let rest = '';
    for await (const chunk of textOf(from, name)) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LONGEST_LINE) {
        lines.push(rest);
        rest = '';
      }
      for (const line of lines) yield* this.#read(line);
    }
    if (rest !== '') yield* this.#read(rest);
  }

  *#read(line: string): Generator<FoundToken, void> {
    this.lines += 1;
    const found = tokensIn(line);
    if (found.length === 0 && line.trim() !== '') this.without += 1;
    for (const token of found) yield { line: this.lines, token };
  }
}

/** A file, or a pipe as <(zcat access.log.gz) makes one. Throws INVALID_INPUT. */
function openFile(name: string): Readable {
  // what is longer is no name of a file, but something that should not be repeated
  const said = name.length > 255 ? 'of that name' : printable(withoutTokens(name));
  try {
    const file = openSync(name, 'r');
    if (!fstatSync(file).isDirectory()) return createReadStream('', { fd: file });
    closeSync(file);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (!['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(code))
      throw new TomoError('INVALID_INPUT', `Cannot read the file ${said} (${code}).`, { cause });
    throw new TomoError('INVALID_INPUT', `There is no file ${said}.`, {
      hint: 'A session token begins with eyJ.',
      cause,
    });
  }
  throw invalidInput(`${said} is a folder.`, 'Name a file in it.');
}

/** Half a token counts, as one that nobody will accept. */
function tokensIn(line: string): string[] {
  const found = findTokens(line);
  return found.length === 0 && isLikeToken(line) ? [line.trim()] : found;
}
