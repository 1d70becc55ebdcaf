import { createReadStream, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { findTokens, isLikeToken } from '../../domain/text/token-text.ts';
import type { FoundToken } from '../../domain/token/triage.ts';
import type { Terminal } from '../base/terminal.ts';

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

  /** `argument`: a token, the name of a file, or - for stdin. */
  constructor(terminal: Terminal, argument: string) {
    if (argument === '-') invite(terminal);
    const file = argument !== '-' && isFile(argument) ? argument : undefined;
    this.isGiven = argument !== '-' && file === undefined;
    if (this.isGiven) this.#tokens = this.#given(argument);
    else this.#tokens = this.#piped(file === undefined ? terminal.stdin : createReadStream(file));
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

  async *#piped(from: Readable): AsyncGenerator<FoundToken, void> {
    let rest = '';
    from.setEncoding('utf8');
    for await (const chunk of from) {
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

function isFile(name: string): boolean {
  try {
    return !isLikeToken(name) && statSync(name).isFile();
  } catch {
    return false;
  }
}

/** Half a token counts, as one that nobody will accept. */
function tokensIn(line: string): string[] {
  const found = findTokens(line);
  return found.length === 0 && isLikeToken(line) ? [line.trim()] : found;
}
