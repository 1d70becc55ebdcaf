import { emitKeypressEvents, type Interface, type Key as Keypress } from 'node:readline';
import type { Terminal } from '../base/terminal.ts';

/** How long an escape is waited for the rest of a key's sequence; milliseconds. Node itself waits for half a second. */
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
export type Key = (typeof NAMED)[keyof typeof NAMED] | 'interrupt' | { text: string } | { pasted: string };

/**
 * Reads single keys until the function it returns is called. What is pasted comes as one text, whatever keys it would be.
 * A terminal that goes away is an interrupt.
 */
export function readKeys(
  { stdin }: Pick<Terminal, 'stdin'>,
  on: { key: (key: Key) => void; suspend: () => void },
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
    else if (name in NAMED) on.key(NAMED[name as keyof typeof NAMED]);
    else if (text && !ctrl && !meta) on.key({ text });
  };
  const gone = () => on.key('interrupt');
  // all it looks at of an interface
  emitKeypressEvents(stdin, { escapeCodeTimeout: ESCAPE_TIMEOUT } as unknown as Interface);
  stdin.on('keypress', press).once('end', gone);
  stdin.setRawMode?.(true);
  stdin.resume();
  return () => {
    stdin.off('keypress', press).off('end', gone);
    stdin.setRawMode?.(false);
    stdin.pause();
  };
}
