import { createFormatter, createParser, createProgram, SchemaGenerator } from 'ts-json-schema-generator';

/** What both schemas are written in. */
export const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

/** Makes JSON Schema of the types that these files export, with their comments. */
export function schemaGenerator(path) {
  const config = {
    path,
    tsconfig: 'tsconfig.json',
    skipTypeCheck: true,
    expose: 'export',
    topRef: true,
    jsDoc: 'extended',
  };
  const program = createProgram(config);
  const parser = createParser(program, config);
  return { program, generator: new SchemaGenerator(program, parser, createFormatter(config), config) };
}

export const sorted = (object) => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
