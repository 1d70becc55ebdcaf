import type { Sql } from '../port/sql.ts';
import { sql } from '../port/sql.ts';
import type { Mapping } from './mapping.ts';

/** Texts that a column of a type may hold; others are nobody's, and would be an error of the database. */
const FORMS: readonly [RegExp, RegExp][] = [
  [/^(integer|serial|int4)$/, /^-?\d{1,9}$/],
  [/^(bigint|bigserial|int8)$/, /^-?\d{1,18}$/],
  [/^smallint$/, /^-?\d{1,4}$/],
  [/^uuid$/, /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i],
];

/** That a column is one of these, as far as they can be values of it. */
export function isOneOf(
  { dialect }: Pick<Mapping, 'dialect'>,
  column: { value: Sql; type: string },
  texts: readonly string[],
): Sql {
  const form = FORMS.find(([type]) => type.test(column.type))?.[1];
  const possible = form ? texts.filter((text) => form.test(text)) : texts;
  // text of any length: the constant is what is converted, never the column
  const type = form ? column.type : 'text';
  return possible.length > 0 ? dialect.isOneOf(column.value, possible, type) : sql`false`;
}

/** An id in the form in which the table has it. */
export function formatOf({ key }: Mapping): (id: string) => string {
  return key.secret ? (id) => id.toLowerCase().replaceAll('-', '') : (id) => id;
}
