// The JSON Schema (draft 2020-12) of a description of one's own, from its type. Whoever reads such a file goes by it:
// src/domain/adopted/schema-check.ts knows what is used here, and no more of JSON Schema.
import { DRAFT, schemaGenerator, sorted } from './schema-generator.mjs';

export function serverSchema() {
  const { generator } = schemaGenerator('src/model/server.ts');
  const made = JSON.parse(JSON.stringify(generator.createSchema('DescriptionFile')), closed);
  return {
    $schema: DRAFT,
    $id: 'urn:tomo:server:1',
    title: 'A description of the sessions of a server, for tomo --server FILE',
    $ref: made.$ref,
    $defs: sorted(made.definitions),
  };
}

/** A mistyped key is no key; keys of a map are names as well. */
function closed(key, value) {
  if (key === '$ref') return value.replace('#/definitions/', '#/$defs/');
  if (value?.type !== 'object') return value;
  if (value.properties) return { ...value, additionalProperties: false };
  return { ...value, propertyNames: { $ref: '#/$defs/Name' } };
}
