import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { textWidth } from '../../views/text-width.ts';
import { OutputClosed, screenSize, type Terminal, writeOut } from '../base/terminal.ts';

/** Where a result goes. */
export interface Sink {
  /** Waits while the reader is slower. Throws OutputClosed when it has gone. */
  write: (text: string) => Promise<void>;
  end: () => Promise<void>;
}

/** Straight to stdout. */
export function plainSink(terminal: Terminal): Sink {
  return { write: (text) => writeOut(terminal, text), end: async () => {} };
}

/** What a shell says of a command that it cannot run. */
const NO_SUCH_COMMAND = [126, 127];
/** Characters that are kept for a pager that turns out not to work. */
const KEPT = 1024 * 1024;
/** Bytes that are read ahead of a pager: whoever reads for an hour holds nothing open in the database meanwhile. */
const AHEAD = 64 * 1024 * 1024;
/** As git does it where nothing is set. A machine without less has no pager. */
const USUAL = 'if command -v less >/dev/null 2>&1; then exec less; else exec cat; fi';

/** The pager's command, run by the shell as git does; null: none. `configured`: of the config file. */
export function pagerCommand({ env, stdout }: Terminal, configured: string | undefined): string | null {
  const command = env.TOMO_PAGER ?? configured ?? env.PAGER ?? USUAL;
  // only a terminal of its own can be handed to another program
  const isReal = stdout.isTTY === true && 'fd' in stdout && env.TERM !== 'dumb';
  return isReal && command.trim() !== '' && command !== 'cat' ? command : null;
}

/**
 * To stdout while it fits the screen; what is longer goes through a pager, from its first line on. `sideways`: so does
 * what is wider, which would wrap, and the pager scrolls it.
 */
export class PagerSink implements Sink {
  readonly #terminal: Terminal;
  readonly #command: string;
  readonly #sideways: boolean;
  #held = '';
  #kept: string | null = '';
  #pager: ChildProcess | undefined;
  #exit: Promise<number | null> = Promise.resolve(0);
  #gone = false;

  constructor(terminal: Terminal, command: string, sideways = false) {
    this.#terminal = terminal;
    this.#command = command;
    this.#sideways = sideways;
  }

  write = async (text: string): Promise<void> => {
    if (this.#pager) return this.#send(text);
    this.#held += text;
    const { width, height } = screenSize(this.#terminal);
    const lines = this.#held.split('\n');
    const isWide = this.#sideways && lines.some((line) => textWidth(stripVTControlCharacters(line)) > width);
    // one line is the prompt's
    if (!isWide && lines.length - 1 < height) return;
    await this.#start(isWide ? 'RXS' : 'FRX');
    await this.#send(this.#held);
  };

  end = async (): Promise<void> => {
    if (!this.#pager) return writeOut(this.#terminal, this.#held);
    this.#pager.stdin?.end();
    const code = await this.#exit;
    process.off('SIGINT', ignore);
    const broken = code === null || NO_SUCH_COMMAND.includes(code);
    if (broken && this.#kept !== null) await writeOut(this.#terminal, this.#kept);
    // it may have shown nothing, which is not that there is nothing
    else if (code)
      this.#terminal.stderr.write(`Warning: The pager failed (exit code ${code}). Without it: --no-pager\n`);
  };

  /** `less`: its options, where the user has none. */
  async #start(less: string): Promise<void> {
    const { spawn } = await import('node:child_process');
    const { env, stdout } = this.#terminal;
    const pager = spawn(this.#command, {
      shell: true,
      stdio: ['pipe', (stdout as unknown as { fd: number }).fd, 'inherit'],
      env: { ...env, LESS: env.LESS ?? less, LV: env.LV ?? '-c' },
    });
    // Ctrl-C is for the pager, which has the same terminal
    process.on('SIGINT', ignore);
    // its reader has seen enough
    pager.stdin?.on('error', () => {
      this.#gone = true;
    });
    this.#exit = new Promise((resolve) => {
      pager.on('error', () => resolve(null));
      pager.on('exit', (code) => resolve(code ?? 0));
    });
    void this.#exit.then(() => {
      this.#gone = true;
    });
    this.#pager = pager;
  }

  async #send(text: string): Promise<void> {
    if (this.#kept !== null) this.#kept = this.#kept.length > KEPT ? null : this.#kept + text;
    const stdin = this.#pager?.stdin;
    if (!stdin || this.#gone) {
      // what comes is all in the first texts, or nobody wants it any more
      if (this.#kept === null) throw new OutputClosed();
      return;
    }
    if (!stdin.write(text) && stdin.writableLength > AHEAD)
      await Promise.race([once(stdin, 'drain').catch(() => {}), this.#exit]);
  }
}

function ignore(): void {}
