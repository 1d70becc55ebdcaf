import { stringify } from 'yaml';
import { printableText } from '../../views/printable.ts';

/** So that readers of YAML 1.1, too, take the country NO for a text. */
const OPTIONS = { lineWidth: 0, compat: 'yaml-1.1' } as const;

/** What is right in YAML and more than PyYAML takes: a tab in plain text, and a text that is "=". */
const UNREADABLE = /\t|[-:] =$/m;

/** A document, or a part of one, as YAML. Control characters are \u escapes, as everywhere. */
export function yamlOf(value: unknown): string {
  const plain = stringify(value, OPTIONS);
  if (printableText(plain) === plain && !UNREADABLE.test(plain)) return plain;
  // only between quotes does YAML know escapes
  return printableText(
    stringify(value, {
      ...OPTIONS,
      defaultStringType: 'QUOTE_DOUBLE',
      defaultKeyType: 'PLAIN',
      doubleQuotedAsJSON: true,
    }),
  );
}
