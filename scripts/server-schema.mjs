// The JSON Schema (draft 2020-12) of a description of one's own, from its type. Whoever reads such a file goes by it:
// src/domain/adopted/schema-check.ts knows what is used here, and no more of JSON Schema.
import { createFormatter, createParser, createProgram, SchemaGenerator } from 'ts-json-schema-generator';

export function serverSchema() {
  const config = {
    path: 'src/model/server.ts',
    tsconfig: 'tsconfig.json',
    skipTypeCheck: true,
    expose: 'export',
    topRef: true,
    jsDoc: 'extended',
  };
  const program = createProgram(config);
  const generator = new SchemaGenerator(program, createParser(program, config), createFormatter(config), config);
  const made = JSON.parse(JSON.stringify(generator.createSchema('DescriptionFile')), closed);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:tomo:server:1',
    title: 'A description of the sessions of a server, for tomo --server FILE',
    $ref: made.$ref,
    $defs: Object.fromEntries(Object.entries(made.definitions).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** A mistyped key is no key; keys of a map are names as well. */
function closed(key, value) {
  if (key === '$ref') return value.replace('#/definitions/', '#/$defs/');
  if (value?.type !== 'object') return value;
  if (value.properties) return { ...value, additionalProperties: false };
  return { ...value, propertyNames: { $ref: '#/$defs/Name' } };
}
