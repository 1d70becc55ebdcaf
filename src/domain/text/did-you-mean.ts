import { distance } from 'fastest-levenshtein';
import { shellWord } from './shell-word.ts';

/** The candidates close enough to be what was meant, nearest first, at most three. */
export function nearest(word: string, candidates: readonly string[]): string[] {
  const wanted = word.trim().toLowerCase();
  if (wanted === '') return [];
  return candidates
    .map((name) => ({ name, d: name.toLowerCase().startsWith(wanted) ? 0 : distance(wanted, name.toLowerCase()) }))
    .filter(({ d }) => d <= Math.max(1, Math.ceil(wanted.length / 3)))
    .sort((a, b) => a.d - b.d || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** "Did you mean alice or alicia?", or undefined when nothing is near. */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  const near = nearest(word, candidates).map((name) => {
    if (/^[\w.@+-]+$/.test(name)) return name;
    // what is not seen would be printed as something else
    const typed = shellWord(name);
    return typed.startsWith('$') ? typed : `"${name}"`;
  });
  if (near.length === 0) return undefined;
  return `Did you mean ${near.length === 1 ? near[0] : `${near.slice(0, -1).join(', ')} or ${near.at(-1)}`}?`;
}
