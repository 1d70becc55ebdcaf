import { grouped } from './number.ts';
import type { Look } from './style.ts';

const CELLS = 20;

/** "Deleting ━━━━━───── 25 %  250,000 of 1,000,000", or only the count when the total is unknown. */
export function progressBar(
  title: string,
  done: number,
  total: number | null,
  { unicode }: Pick<Look, 'unicode'>,
): string {
  const count = grouped(done);
  if (!total) return `${title}  ${count}`;
  const share = Math.min(1, done / total);
  const filled = Math.round(share * CELLS);
  return `${title} ${(unicode ? '━' : '#').repeat(filled)}${(unicode ? '─' : '.').repeat(CELLS - filled)} ${Math.floor(share * 100)} %  ${count} of ${grouped(total)}`;
}
