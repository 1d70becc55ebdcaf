import { printable } from '../printable.ts';

/** A piece of a page that is safe as it is. Only `html` makes one. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Value = Html | string | number | null | undefined | readonly Value[];

/**
 * A piece of a page. Every value is escaped, for text and for attributes in double quotes, and what could hide or turn
 * text around is written out; pieces and lists of pieces stay as they are; null is nothing.
 */
export function html(parts: TemplateStringsArray, ...values: Value[]): Html {
  return new Html(parts.map((part, i) => part + (i < values.length ? asText(values[i]) : '')).join(''));
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function asText(value: Value): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(asText).join('');
  return printable(String(value)).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
