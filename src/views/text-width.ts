import stringWidth from 'string-width';

/** Printable ASCII. */
const PLAIN = /^[\x20-\x7e]*$/;

/** Columns of a terminal that a text takes. Most texts are plain ASCII, for which string-width is needlessly thorough. */
export function textWidth(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

/** Cut to a width in columns of the terminal, never through a character. */
export function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width <= 1) return '…'.slice(0, width);
  if (PLAIN.test(text)) return `${text.slice(0, width - 1)}…`;
  let kept = '';
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += textWidth(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}
