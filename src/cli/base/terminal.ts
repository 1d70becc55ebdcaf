import type { Readable, Writable } from 'node:stream';

/** The world outside a command: streams, clock, environment. Tests put a fake in its place. */
export interface Terminal {
  stdin: Readable & { isTTY?: boolean; setRawMode?: (on: boolean) => unknown };
  stdout: Writable & { isTTY?: boolean; columns?: number; rows?: number };
  stderr: Writable & { isTTY?: boolean; columns?: number };
  env: NodeJS.ProcessEnv;
  now: () => Date;
  /** Calls back at Ctrl-C or a request to end, until the returned function is called. */
  onInterrupt: (callback: () => void) => () => void;
  /**
   * Stops the program as Ctrl-Z does, together with what runs it, such as npx. Goes on at `fg`, or at
   * once without a shell.
   */
  suspend: () => void;
  /** Calls back when the program goes on after it was stopped, until the returned function is called. */
  onContinue: (callback: () => void) => () => void;
  setExitCode: (code: number) => void;
}

/** The reader of stdout has gone, as `head` does; there is nobody left to write for. */
export class OutputClosed extends Error {}

export const processTerminal: Terminal = {
  // Node makes a stream when somebody asks for it, and few commands read stdin
  get stdin() {
    return process.stdin;
  },
  get stdout() {
    return process.stdout;
  },
  get stderr() {
    return process.stderr;
  },
  env: process.env,
  now: () => new Date(),
  onInterrupt: (callback) => {
    let asked = false;
    // `on`, not `once`: the spinner re-raises a signal that nobody else listens to
    const listener = (signal: NodeJS.Signals) => {
      if (asked) {
        // the second time it is meant at once
        release();
        process.kill(process.pid, signal);
      }
      asked = true;
      callback();
    };
    const release = () => void process.off('SIGINT', listener).off('SIGTERM', listener);
    process.on('SIGINT', listener).on('SIGTERM', listener);
    return release;
  },
  suspend: () => {
    if (process.platform !== 'win32') process.kill(0, 'SIGTSTP');
  },
  onContinue: (callback) => {
    if (process.platform !== 'win32') process.on('SIGCONT', callback);
    return () => void process.off('SIGCONT', callback);
  },
  setExitCode: (code) => {
    process.exitCode = code;
  },
};

/** Columns to draw for, at least 40. A pipe has no width of its own. */
export function widthOf(terminal: Terminal): number {
  return Math.max(40, terminal.stdout.columns || Number(terminal.env.COLUMNS) || 80);
}

/** The whole of a terminal, to draw on. */
export function screenSize({ stdout }: Pick<Terminal, 'stdout'>): { width: number; height: number } {
  return { width: stdout.columns || 80, height: stdout.rows || 24 };
}

/** NO_COLOR beats FORCE_COLOR; otherwise colour is for terminals. https://no-color.org */
export function hasColour(terminal: Terminal, stream: { isTTY?: boolean } = terminal.stdout): boolean {
  const { env } = terminal;
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/**
 * Whether block characters and an ellipsis can be shown. As in POSIX, the first of these variables that is set says
 * which characters there are; where none is, as in a container, the terminal around it is taken for one of today.
 */
export function hasUnicode({ env }: Pick<Terminal, 'env'>): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
  return env.TERM !== 'dumb' && (!locale || /utf-?8/i.test(locale));
}

/** Whether a question can be asked: somebody reads it and can answer. */
export function canAsk(terminal: Terminal): boolean {
  return terminal.stdin.isTTY === true && terminal.stderr.isTTY === true;
}

/** Whether a full screen can be drawn and answers to keys. */
export function canDraw(terminal: Terminal): boolean {
  return terminal.stdin.isTTY === true && terminal.stdout.isTTY === true && terminal.env.TERM !== 'dumb';
}

/** Writes and waits while the reader is slower. Throws OutputClosed. */
export async function writeOut(terminal: Terminal, text: string): Promise<void> {
  const { stdout } = terminal;
  if (stdout.destroyed || stdout.errored) throw new OutputClosed();
  if (stdout.write(text)) return;
  await new Promise<void>((resolve, reject) => {
    const done = (error?: Error) => {
      stdout.off('drain', done).off('error', done).off('close', done);
      if (error || stdout.destroyed) reject(new OutputClosed());
      else resolve();
    };
    stdout.once('drain', done).once('error', done).once('close', done);
  });
}
