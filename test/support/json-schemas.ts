import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';

const FOLDER = join(import.meta.dirname, '..', '..', 'schemas');

/**
 * Checks documents against the schemas that are published, and refuses keys that these do not know: a program must not
 * mind those, and tomo must not print any.
 */
export class Schemas {
  readonly names = readdirSync(FOLDER).map((file) => file.replace('.schema.json', ''));
  readonly seen = new Set<string>();
  readonly #ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });

  /** What is wrong with a document; empty: nothing. */
  problems(name: string, document: unknown): string[] {
    this.seen.add(name);
    const id = `urn:tomo:json:1:${name}`;
    if (!this.#ajv.getSchema(id))
      this.#ajv.addSchema(closed(JSON.parse(readFileSync(join(FOLDER, `${name}.schema.json`), 'utf8'))) as object);
    const validate = this.#ajv.getSchema(id);
    if (!validate || validate(document)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${name}${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }
}

function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const own = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  // keys named "properties" are no schemas, and have no type beside them
  return own['type'] === 'object' && own['properties'] && !('additionalProperties' in own)
    ? { ...own, additionalProperties: false }
    : own;
}
