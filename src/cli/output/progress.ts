import type { Ora } from 'ora';
import { progressBar } from '../../views/progress.ts';
import { hasColour, hasUnicode, type Terminal } from '../base/terminal.ts';

/** Before this many milliseconds nothing is shown: most work is done by then, on a bad line, too. */
const PATIENCE = 500;

/** What goes on, on stderr of a terminal. Silent elsewhere. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #shown: boolean;
  readonly #unicode: boolean;
  #timer: NodeJS.Timeout | undefined;
  #spinner: Ora | undefined;
  #text: string;
  readonly #title: string;
  #total: number | null;

  constructor(terminal: Terminal, options: { title: string; total?: number | null; silent: boolean }) {
    this.#terminal = terminal;
    this.#title = options.title;
    this.#total = options.total ?? null;
    this.#text = options.title;
    this.#unicode = hasUnicode(terminal);
    this.#shown = !options.silent && terminal.stderr.isTTY === true;
    if (this.#shown) this.#timer = setTimeout(() => void this.#start(), PATIENCE).unref();
  }

  /** How much there is in all, once that is known. */
  expect(total: number): void {
    this.#total = total;
  }

  /** `done` of the total; `title` replaces the first one. */
  update(done: number, title = this.#title): void {
    this.#text = progressBar(title, done, this.#total, { unicode: this.#unicode });
    if (this.#spinner) this.#spinner.text = this.#text;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#spinner?.stop();
  }

  async #start(): Promise<void> {
    const { env, stderr } = this.#terminal;
    if (env.TERM === 'dumb' || !stderr.columns) {
      // it cannot take a line back (ora never ends clearing one without a width), and whoever reads it aloud should
      // not hear it ten times a second
      stderr.write(`${this.#title}...\n`);
      return;
    }
    const { default: ora } = await import('ora');
    // stopped while ora was loading
    if (!this.#timer) return;
    const stream = stderr as NodeJS.WriteStream;
    this.#spinner = ora({
      text: this.#text,
      stream,
      discardStdin: false,
      // which ora does not ask: https://no-color.org
      ...(hasColour(this.#terminal, stderr) ? {} : { color: false as const }),
      ...(this.#unicode ? {} : { spinner: 'line' as const }),
    }).start();
  }
}
