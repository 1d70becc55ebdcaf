/** As much of JSON Schema as the schema of a description makes use of. */
export interface Schema {
  $ref?: string;
  type?: string | readonly string[];
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: boolean | Schema;
  propertyNames?: Schema;
  items?: Schema;
  anyOf?: readonly Schema[];
  enum?: readonly unknown[];
  const?: unknown;
  minLength?: number;
  pattern?: string;
  minItems?: number;
  minimum?: number;
  maximum?: number;
  description?: string;
}

export interface Problem {
  /** Where, e.g. "user.places[0]"; empty: the whole. */
  at: string;
  why: string;
  /** A key that is not known, and those that are. */
  key?: string;
  keys?: readonly string[];
}

/** The first thing in which a value is not as its schema has it; null: it is. */
export function firstProblem(
  value: unknown,
  schema: Schema,
  defs: Readonly<Record<string, Schema>>,
  at = '',
): Problem | null {
  const inside = (inner: unknown, its: Schema, key: string) =>
    firstProblem(inner, its, defs, key.startsWith('[') || at === '' ? `${at}${key}` : `${at}.${key}`);
  const known = resolve(schema, defs);
  const { type, anyOf, enum: listed, items, properties } = known;
  if (anyOf) return firstOfAny(value, anyOf, defs, at);
  if (type !== undefined && ![type].flat().includes(typeOf(value)))
    return { at, why: `is not ${words([type].flat())}` };
  const allowed = 'const' in known ? [known.const] : listed;
  if (allowed && !allowed.includes(value)) {
    return { at, why: `is not ${allowed.map((one) => JSON.stringify(one)).join(' or ')}` };
  }
  if (typeof value === 'string') return problemOfText(value, known, at);
  if (typeof value === 'number') return problemOfNumber(value, known, at);
  if (Array.isArray(value)) {
    if (value.length < (known.minItems ?? 0)) return { at, why: 'is an empty list' };
    return first(value.map((inner, i) => () => (items ? inside(inner, items, `[${i}]`) : null)));
  }
  if (!isObject(value)) return null;
  const missing = known.required?.find((key) => !Object.hasOwn(value, key));
  const rest = known.additionalProperties;
  return first([
    ...Object.entries(value).map(([key, inner]) => () => {
      if (properties && Object.hasOwn(properties, key)) return inside(inner, properties[key] ?? {}, key);
      if (rest === false) return { at, why: `has no key "${key}"`, key, keys: Object.keys(properties ?? {}) };
      const named = known.propertyNames ? firstProblem(key, known.propertyNames, defs) : null;
      if (named) return { at, why: `has a key "${key}" that ${named.why}` };
      return typeof rest === 'object' ? inside(inner, rest, key) : null;
    }),
    () => (missing === undefined ? null : { at, why: `lacks the key "${missing}"` }),
  ]);
}

/** What is wrong with the alternative that was probably meant: of the same type, with the most keys of these. */
function firstOfAny(
  value: unknown,
  anyOf: readonly Schema[],
  defs: Readonly<Record<string, Schema>>,
  at: string,
): Problem | null {
  const problems = anyOf.map((one) => firstProblem(value, one, defs, at));
  if (problems.includes(null)) return null;
  const kinds = anyOf.map((one) => resolve(one, defs));
  const alike = kinds
    .map(({ type, properties = {} }, i) => ({
      problem: problems[i],
      fits: [type].flat().includes(typeOf(value)),
      shared: isObject(value) ? Object.keys(value).filter((key) => Object.hasOwn(properties, key)).length : 0,
    }))
    .filter(({ fits }) => fits)
    .sort((a, b) => b.shared - a.shared);
  const types = [...new Set(kinds.flatMap(({ type, anyOf: inner }) => type ?? (inner ? ['object'] : [])))];
  return alike[0]?.problem ?? { at, why: `is not ${words(types)}` };
}

function problemOfText(value: string, { minLength = 0, pattern }: Schema, at: string): Problem | null {
  if (value.length < minLength) return { at, why: 'is empty' };
  if (pattern === undefined || new RegExp(pattern, 'u').test(value)) return null;
  return { at, why: value === '' ? 'is empty' : 'has characters that do not belong there' };
}

function problemOfNumber(value: number, { minimum, maximum }: Schema, at: string): Problem | null {
  if (minimum !== undefined && value < minimum) return { at, why: `is below ${minimum}` };
  return maximum !== undefined && value > maximum ? { at, why: `is above ${maximum}` } : null;
}

function first(checks: readonly (() => Problem | null)[]): Problem | null {
  for (const check of checks) {
    const problem = check();
    if (problem) return problem;
  }
  return null;
}

function resolve(schema: Schema, defs: Readonly<Record<string, Schema>>): Schema {
  const name = schema.$ref?.split('/').at(-1);
  return name === undefined ? schema : resolve(defs[name] ?? {}, defs);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeOf(value) === 'object';
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  null: 'null',
  array: 'a list',
  object: 'an object',
};

function words(types: readonly string[]): string {
  return types.map((type) => WORDS[type] ?? type).join(' or ');
}
