import type { Look } from '../../../views/style.ts';

/** For what is said in one line, which has a colour of its own. */
export function plain(now: Date): Look {
  return { width: 200, colour: false, unicode: true, now };
}

/** Lines and what else there is to say, as one line. */
export function sentence(...texts: string[]): string {
  return texts.join(' ').replaceAll('\n', '; ').trim();
}
