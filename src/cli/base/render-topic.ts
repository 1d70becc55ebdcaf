import { wrapped } from '../../views/wrap.ts';
import type { HelpTopic } from './help-topics.ts';

/** A topic as text of this width. */
export function renderTopic({ summary, sections }: HelpTopic, width: number): string {
  const parts = Object.entries(sections).map(([heading, terms]) => {
    const rows = Object.entries(terms);
    const longest = Math.min(28, Math.max(...rows.map(([term]) => term.length)));
    const lines = rows.map(([term, meaning]) => {
      const text = wrapped(meaning, width - longest - 4, ' '.repeat(longest + 4));
      return term.length > longest
        ? `  ${wrapped(term, width - 2, '  ')}\n${' '.repeat(longest + 4)}${text}`
        : `  ${term.padEnd(longest)}  ${text}`;
    });
    return [heading, ...lines].join('\n');
  });
  return [`${summary}.`, ...parts].join('\n\n');
}
