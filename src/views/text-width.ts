import stringWidth from 'string-width';
import { ellipsis, type Look } from './style.ts';

/** Printable ASCII. */
const PLAIN = /^[\x20-\x7e]*$/;

/**
 * Columns of a terminal that a text takes. Most texts are plain ASCII, for which string-width is needlessly thorough.
 */
export function textWidth(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

/**
 * Cut to a width in columns of the terminal, never through a character. `mark` (ASCII or one column) takes the
 * place of what is gone.
 */
export function cut(text: string, width: number, mark = '…'): string {
  if (textWidth(text) <= width) return text;
  if (width <= mark.length) return mark.slice(0, width);
  const room = width - mark.length;
  if (PLAIN.test(text)) return text.slice(0, room) + mark;
  let kept = '';
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += textWidth(segment);
    if (used > room) break;
    kept += segment;
  }
  return kept + mark;
}

/** Cut to the width of the screen. */
export function fitted(text: string, look: Pick<Look, 'width' | 'unicode'>): string {
  return cut(text, look.width, ellipsis(look));
}
