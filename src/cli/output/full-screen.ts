import { screenSize, type Terminal } from '../base/terminal.ts';

/** The other screen, no cursor, long lines cut off by the terminal, and pasted text marked as such. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[?2004h';
const LEAVE = '\u001b[?2004l\u001b[?7h\u001b[?25h\u001b[?1049l';
/** Reports of the mouse, also beyond column 223. */
const MOUSE_ON = '\u001b[?1000h\u001b[?1006h';
const MOUSE_OFF = '\u001b[?1006l\u001b[?1000l';
/** A terminal that knows these shows what is between them at once; others ignore them. */
const [BEGIN, END] = ['\u001b[?2026h', '\u001b[?2026l'];

/** The whole terminal. What was on it before comes back when it is closed, however the program ends. */
export class FullScreen {
  readonly #terminal: Pick<Terminal, 'stdout'>;
  readonly #redraw: () => void;
  readonly #again: () => void;
  #shown: string | null = null;
  #mouse = false;

  /** `redraw` is called when the terminal has another size. */
  constructor(terminal: Pick<Terminal, 'stdout'>, redraw: () => void) {
    this.#terminal = terminal;
    this.#again = redraw;
    this.#redraw = () => {
      this.#shown = '';
      redraw();
    };
  }

  /** Shows these lines, which are without line feeds, and nothing else. The first time, it takes the terminal. */
  draw(lines: readonly string[]): void {
    if (this.#shown === null) this.#open();
    const { height } = screenSize(this.#terminal);
    const rows = Array.from({ length: height }, (_, i) => `\u001b[${i + 1};1H\u001b[2K${lines[i] ?? ''}`);
    const text = rows.join('');
    if (text === this.#shown) return;
    // the cursor at the top: a line feed that somebody types where keys are echoed does not scroll
    this.#terminal.stdout.write(`${BEGIN}${text}\u001b[H${END}`);
    this.#shown = text;
  }

  /** Hands a text to the clipboard of whoever sits at the terminal, if it takes that (OSC 52). */
  copy(text: string): void {
    this.#terminal.stdout.write(`\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`);
  }

  /**
   * Whether the mouse is reported; a terminal then selects text only with Shift. From now on, and when it
   * is drawn on again.
   */
  set mouse(on: boolean) {
    if (on === this.#mouse) return;
    this.#mouse = on;
    if (this.#shown !== null) this.#terminal.stdout.write(on ? MOUSE_ON : MOUSE_OFF);
  }

  /** Gives the terminal back. It can be drawn on again. */
  close = (): void => {
    process.off('SIGCONT', this.#again);
    if (this.#shown === null) return;
    this.#shown = null;
    this.#terminal.stdout.off('resize', this.#redraw).write(`${this.#mouse ? MOUSE_OFF : ''}${LEAVE}`);
    process.off('exit', this.close).off('uncaughtExceptionMonitor', this.close).off('SIGTSTP', this.#suspend);
  };

  /** Ctrl-Z where keys are not read one by one: the shell has its own screen meanwhile. */
  #suspend = (): void => {
    this.close();
    process.on('SIGCONT', this.#again);
    // nobody listens to it now, so it stops the program
    process.kill(process.pid, 'SIGTSTP');
  };

  #open(): void {
    this.#terminal.stdout.on('resize', this.#redraw).write(`${ENTER}${this.#mouse ? MOUSE_ON : ''}`);
    // the second comes before the message of a crash, which would go with the screen
    process.on('exit', this.close).on('uncaughtExceptionMonitor', this.close).on('SIGTSTP', this.#suspend);
    process.off('SIGCONT', this.#again);
  }
}
