import type { Sql } from '../port/sql.ts';
import { sql } from '../port/sql.ts';
import type { Dialect } from './dialect.ts';
import type { Mapping } from './mapping.ts';

/** Texts that a column of a type may hold; others are nobody's, and would be an error of the database. */
const FORMS: readonly [RegExp, (text: string) => boolean][] = [
  [/^smallint$/, ofBits(16)],
  [/^(integer|serial|int4)$/, ofBits(32)],
  [/^(bigint|bigserial|int8)$/, ofBits(64)],
  [/^numeric/, (text) => /^-?\d{1,100}$/.test(text)],
  [/^uuid$/, (text) => /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(text)],
];

const TEXT = /^(text|citext|character varying|name)/;

function ofBits(bits: number): (text: string) => boolean {
  return (text) => /^-?\d{1,19}$/.test(text) && BigInt.asIntN(bits, BigInt(text)) === BigInt(text);
}

function formOf({ typed }: Dialect, type: string): ((text: string) => boolean) | undefined {
  if (!typed) return undefined;
  return FORMS.find(([of]) => of.test(type))?.[1];
}

/** Whether a column of this type may hold this text. */
export function mayBe({ dialect }: Pick<Mapping, 'dialect'>, type: string, text: string): boolean {
  return formOf(dialect, type)?.(text) ?? true;
}

/** That a column is one of these, as far as they can be values of it. */
export function isOneOf(
  { dialect }: Pick<Mapping, 'dialect'>,
  column: { value: Sql; type: string },
  texts: readonly string[],
): Sql {
  const form = formOf(dialect, column.type);
  const possible = form ? texts.filter(form) : texts;
  if (possible.length === 0) return sql`false`;
  // text of any length: the constant is what is converted, not the column, which its index is of
  if (form || TEXT.test(column.type)) return dialect.isOneOf(column.value, possible, form ? column.type : 'text');
  return dialect.isOneOf(dialect.text(column.value), possible, 'text');
}

/** An id in the form in which the table has it. */
export function formatOf({ key }: Mapping): (id: string) => string {
  if (key.secret) return (id) => id.toLowerCase().replaceAll('-', '');
  return key.type === 'uuid' ? (id) => id.toLowerCase() : (id) => id;
}
