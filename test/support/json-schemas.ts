import { createRequire } from 'node:module';
import { Ajv2020 } from 'ajv/dist/2020.js';

interface Published {
  $id: string;
  $defs: Record<string, object>;
}

const TYPE = /^[A-Z]/;

/**
 * Checks documents against the schema that is published, and refuses keys that it does not know: a program must not
 * mind those, and tomo must not print any.
 */
export class Schemas {
  readonly names: string[];
  readonly seen = new Set<string>();
  readonly #ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, strictTypes: false });
  readonly #id: string;

  constructor() {
    const schema = createRequire(import.meta.url)('@tomo/cli/schemas/tomo.schema.json') as Published;
    this.#id = schema.$id;
    this.names = Object.keys(schema.$defs).filter((name) => !TYPE.test(name));
    // a type is closed where it is used: an entry adds a key to it
    const $defs = mapped(schema.$defs, (one, name) => (TYPE.test(name) ? closedWithin(one) : closed(one)));
    this.#ajv.addSchema({ ...schema, $defs });
  }

  /** What is wrong with a document; empty: nothing. */
  problems(name: string, document: unknown): string[] {
    this.seen.add(name);
    const validate = this.#ajv.getSchema(`${this.#id}#/$defs/${name}`);
    if (!validate) return [`no schema has the name ${name}`];
    if (validate(document)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${name}${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }
}

/** A schema whose values, at any depth, have no keys but those that it names. */
function closedWithin(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closedWithin);
  if (typeof schema !== 'object' || schema === null) return schema;
  return mapped(schema, (value, key) => {
    if (key === 'properties') return mapped(value as object, closed);
    return key === 'items' || key === 'additionalProperties' ? closed(value) : closedWithin(value);
  });
}

function closed(schema: unknown): unknown {
  const within = closedWithin(schema);
  const hasKeys =
    typeof within === 'object' && ['$ref', 'anyOf', 'allOf', 'properties'].some((key) => key in (within ?? {}));
  return hasKeys ? { ...within, unevaluatedProperties: false } : within;
}

function mapped(object: object, change: (value: unknown, key: string) => unknown): object {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]));
}
