import { Help } from '@oclif/core/help';
import { textWidth } from '../../views/text-width.ts';
import { wrapped } from '../../views/wrap.ts';
import { WholeUsage } from './usage.ts';

/** What stands before the text of a line: space, and in a list of commands their names. */
const LEAD = /^ *(?:\S+(?: \S+)* {2,})?/;

/** oclif's help wraps no summaries and some lines a little late: here none is longer than the terminal is wide. */
export class NarrowHelp extends Help {
  protected override CommandHelpClass = WholeUsage;

  protected override log(...parts: string[]): void {
    super.log(...parts.map((text) => narrow(text, this.opts.maxWidth ?? 80)));
  }
}

/** Lines that are too long go on below their text. */
export function narrow(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => {
      if (textWidth(line) <= width) return line;
      const lead = LEAD.exec(line)?.[0] ?? '';
      return `${lead}${wrapped(line.slice(lead.length), width - lead.length, ' '.repeat(lead.length))}`;
    })
    .join('\n');
}
