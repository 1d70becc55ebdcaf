import { emitKeypressEvents, type Interface, type Key as Keypress } from 'node:readline';
import { PassThrough } from 'node:stream';
import type { Terminal } from '../base/terminal.ts';
import { type Mouse, MouseReports } from './mouse.ts';

/**
 * How long an escape waits for the rest of a key's sequence; milliseconds. Node itself would wait for half a second.
 */
const ESCAPE_TIMEOUT = 50;

const NAMED = {
  up: 'up',
  down: 'down',
  pageup: 'pageUp',
  pagedown: 'pageDown',
  home: 'home',
  return: 'enter',
  enter: 'enter',
  escape: 'escape',
  backspace: 'backspace',
  delete: 'backspace',
  tab: 'tab',
} as const;

/** A key: its name, or the character. What is pasted is never taken for keys. */
export type Key = (typeof NAMED)[keyof typeof NAMED] | 'interrupt' | 'clear' | { text: string } | { pasted: string };

/**
 * Reads single keys until the function it returns is called. What is pasted comes as one text, whatever keys it would
 * be. A terminal that goes away is an interrupt.
 */
export function readKeys(
  { stdin }: Pick<Terminal, 'stdin'>,
  on: { key: (key: Key) => void; mouse: (mouse: Mouse) => void; suspend: () => void },
): () => void {
  let pasted: string | null = null;
  const press = (text: string | undefined, { name = '', sequence = '', ctrl, meta }: Keypress) => {
    if (name === 'paste-start') pasted = '';
    else if (name === 'paste-end') {
      on.key({ pasted: pasted ?? '' });
      pasted = null;
    } else if (pasted !== null) pasted += sequence;
    else if (ctrl && name === 'z') on.suspend();
    else if (ctrl && (name === 'c' || name === 'd')) on.key('interrupt');
    else if (ctrl && name === 'u') on.key('clear');
    else if (name in NAMED) on.key(NAMED[name as keyof typeof NAMED]);
    else if (text && !ctrl && !meta) on.key({ text });
  };
  const gone = () => on.key('interrupt');
  const keys = new PassThrough();
  const mouse = new MouseReports();
  let waiting: NodeJS.Timeout | undefined;
  // bytes as they are: whoever reads keys puts characters together
  const read = (chunk: Buffer | string) => {
    clearTimeout(waiting);
    const found = mouse.read(chunk.toString('latin1'));
    if (found.keys !== '') keys.write(found.keys, 'latin1');
    for (const report of found.reports) on.mouse(report);
    if (mouse.open) waiting = setTimeout(() => keys.write(mouse.rest(), 'latin1'), ESCAPE_TIMEOUT);
  };
  // all it looks at of an interface; an escape has waited before
  emitKeypressEvents(keys, { escapeCodeTimeout: 1 } as unknown as Interface);
  keys.on('keypress', press);
  stdin.on('data', read).once('end', gone);
  stdin.setRawMode?.(true);
  stdin.resume();
  return () => {
    clearTimeout(waiting);
    stdin.off('data', read).off('end', gone);
    keys.off('keypress', press).destroy();
    stdin.setRawMode?.(false);
    stdin.pause();
  };
}
