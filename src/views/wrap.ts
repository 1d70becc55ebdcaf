import { textWidth } from './text-width.ts';

/**
 * Broken at spaces; what does not fit stands alone. Lines after the first begin with `indent`, which
 * counts for nothing.
 */
export function wrapped(text: string, width: number, indent = ''): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && textWidth(`${line} ${word}`) <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join(`\n${indent}`);
}
