import type { Sql } from '../port/sql.ts';
import { sql } from '../port/sql.ts';
import type { Mapping } from './mapping.ts';

/** Texts that a column of a type may hold; others are nobody's, and would be an error of the database. */
const FORMS: readonly [RegExp, (text: string) => boolean][] = [
  [/^smallint$/, ofBits(16)],
  [/^(integer|serial|int4)$/, ofBits(32)],
  [/^(bigint|bigserial|int8)$/, ofBits(64)],
  [/^numeric/, (text) => /^-?\d{1,100}$/.test(text)],
  [/^uuid$/, (text) => /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(text)],
];

function ofBits(bits: number): (text: string) => boolean {
  return (text) => /^-?\d{1,19}$/.test(text) && BigInt.asIntN(bits, BigInt(text)) === BigInt(text);
}

/** That a column is one of these, as far as they can be values of it. */
export function isOneOf(
  { dialect }: Pick<Mapping, 'dialect'>,
  column: { value: Sql; type: string },
  texts: readonly string[],
): Sql {
  const form = FORMS.find(([type]) => type.test(column.type))?.[1];
  const possible = form ? texts.filter(form) : texts;
  // text of any length: the constant is what is converted, never the column
  const type = form ? column.type : 'text';
  return possible.length > 0 ? dialect.isOneOf(column.value, possible, type) : sql`false`;
}

/** An id in the form in which the table has it. */
export function formatOf({ key }: Mapping): (id: string) => string {
  return key.secret ? (id) => id.toLowerCase().replaceAll('-', '') : (id) => id;
}
