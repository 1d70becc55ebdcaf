import { type Look, paint } from './style.ts';
import { wrapped } from './wrap.ts';

/** Labels and what stands behind them, wrapped below its own beginning; a fact without a value is left out. */
export function renderFacts(
  facts: readonly (readonly [string, string | null])[],
  labelWidth: number,
  look: Look,
): string {
  const c = paint(look);
  return facts
    .flatMap(([label, value]) =>
      value
        ? [`${c.dim(label.padEnd(labelWidth))}${wrapped(value, look.width - labelWidth, ' '.repeat(labelWidth))}`]
        : [],
    )
    .join('\n');
}
