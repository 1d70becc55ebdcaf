import { invalidInput } from '../../model/errors.ts';
import { didYouMean } from '../text/did-you-mean.ts';

/** What a search of one line names: "user:alice kind:login" as fields with all their values, and the words between. */
export interface FieldSearch<F extends string> {
  fields: Partial<Record<F, string[]>>;
  words: string[];
}

/** Throws INVALID_INPUT for a field that is nearly one of these. */
export function parseFields<F extends string>(text: string, names: readonly F[]): FieldSearch<F> {
  const found: FieldSearch<F> = { fields: {}, words: [] };
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const [, typed = '', value = ''] = /^([a-z]+):(.*)$/i.exec(word) ?? [];
    const name = names.find((one) => one === typed.toLowerCase());
    if (name) {
      if (value !== '') found.fields[name] = [...(found.fields[name] ?? []), value];
      continue;
    }
    const meant = value && didYouMean(typed, names);
    if (meant) throw invalidInput(`There is no filter ${typed}: here. ${meant}`);
    found.words.push(word);
  }
  return found;
}
