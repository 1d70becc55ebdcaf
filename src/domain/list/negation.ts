import { TomoError } from '../../model/errors.ts';

/** What is typed before the name of a filter to turn it around. */
const NOT = 'not-';

/** A filter as it is typed, `K` of it also turned around: `not-user` beside `user`. */
export type Negatable<Input, K extends keyof Input & string> = Input & { [N in K as `not-${N}`]?: Input[N] };

/**
 * Of what was typed the filters that are turned around, parsed as they are otherwise. Throws what `parse`
 * throws, about them.
 */
export function parseNegated<Input extends object, Parsed>(
  input: object,
  parse: (input: Input) => Parsed,
): Parsed | undefined {
  const given = Object.entries(input).filter(([name, value]) => name.startsWith(NOT) && value !== undefined);
  if (given.length === 0) return undefined;
  try {
    return parse(Object.fromEntries(given.map(([name, value]) => [name.slice(NOT.length), value])) as Input);
  } catch (error) {
    if (!(error instanceof TomoError) || error.field === undefined) throw error;
    const { code, field, reason, message, hint, details } = error;
    const own = message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message;
    throw new TomoError(code, own, { field: `${NOT}${field}`, reason, hint, details, cause: error });
  }
}
