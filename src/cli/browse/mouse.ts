/** What the mouse did, where on the screen, from 1. */
export interface Mouse {
  mouse: 'click' | 'wheelUp' | 'wheelDown';
  column: number;
  line: number;
}

/** A report of a terminal about its mouse, and the beginning of what may become one, or any key's sequence. */
const REPORT = /\u001b\[<(\d+);(\d+);(\d+)([Mm])/g;
const BEGUN = /\u001b(\[(<[\d;]*)?)?$/;

const BUTTONS: Record<string, Mouse['mouse']> = { '0': 'click', '64': 'wheelUp', '65': 'wheelDown' };

/** Takes the reports of the mouse out of what a terminal sends; the rest is keys. */
export class MouseReports {
  #begun = '';

  /** `keys`: what is left, in order. */
  read(text: string): { keys: string; reports: Mouse[] } {
    const whole = this.#begun + text;
    this.#begun = BEGUN.exec(whole)?.[0] ?? '';
    const reports: Mouse[] = [];
    const keys = whole
      .slice(0, whole.length - this.#begun.length)
      .replaceAll(REPORT, (_, button: string, column: string, line: string, end: string) => {
        const mouse = BUTTONS[button];
        if (mouse && end === 'M') reports.push({ mouse, column: Number(column), line: Number(line) });
        return '';
      });
    return { keys, reports };
  }

  /** Whether something has begun. */
  get open(): boolean {
    return this.#begun !== '';
  }

  /** What has begun and did not go on: it was keys. */
  rest(): string {
    const rest = this.#begun;
    this.#begun = '';
    return rest;
  }
}
