// JSON Schemas (draft 2020-12) of everything that tomo prints as JSON, from the result types of the commands: what
// `run()` promises is what `--json` prints. The type checker holds the code to them, a test what is really printed.
import { createRequire } from 'node:module';
import { DRAFT, schemaGenerator, sorted } from './schema-generator.mjs';

// the one the generator brings, because its programs are not those of another version
const ts = createRequire(createRequire(import.meta.url).resolve('ts-json-schema-generator'))('typescript');

/** Documents that are no result of a command. */
const OTHERS = [
  {
    name: 'error',
    file: 'src/cli/base/failure.ts',
    type: 'ErrorDocument',
    title: 'What every command prints with --json when it fails',
  },
  {
    name: 'session-list.watch',
    file: 'src/cli/watch/watch-sessions.ts',
    type: 'WatchLine',
    title: 'A line of tomo session list --watch --output ndjson',
  },
  { name: 'audit-export.row', file: 'src/model/audit.ts', type: 'AuditRow', title: 'A line of tomo audit export' },
];
/** Commands that write lines of another one. */
const SAME_ROWS = { 'activity:export': 'activity:list' };

/**
 * Of oclif's manifest. Returns one schema: under `$defs` an entry for each document, then the types that they share.
 */
export function jsonSchemas({ commands }, schemaVersion) {
  const { program, generator } = schemaGenerator('src/{cli,commands}/**/*.ts');
  const entries = {};
  const types = {};

  for (const { name, file, type, title } of OTHERS) {
    entries[name] = entry(title, [schemaOf(declared(source(program, file), type))]);
  }
  for (const { id, flags, hidden } of Object.values(commands)) {
    if (!flags.json || hidden) continue;
    const name = id.replaceAll(':', '-');
    const results = promised(source(program, `src/commands/${id.replaceAll(':', '/')}.ts`)).map(schemaOf);
    entries[name] = entry(`${spoken(id)} --json`, results);
    const row = results.map(rowOf).find(Boolean);
    const writers = [id, ...Object.keys(SAME_ROWS).filter((other) => SAME_ROWS[other] === id)];
    const line = writers.map((one) => `${spoken(one)} --output ndjson, a line`).join('; ');
    if (row) entries[`${name}.row`] = entry(line, [row]);
  }
  return {
    $schema: DRAFT,
    $id: `urn:tomo:json:${schemaVersion}`,
    title: 'What tomo prints as JSON',
    $defs: {
      ...sorted(entries),
      Versioned: {
        type: 'object',
        properties: {
          schemaVersion: { const: schemaVersion, description: 'Raised when a key goes away or changes its meaning.' },
        },
        required: ['schemaVersion'],
      },
      ...sorted(types),
    },
  };

  /** The schema of a type; those that it names go to `types`. */
  function schemaOf(type) {
    const made = JSON.parse(JSON.stringify(generator.createSchemaFromNodes([type]), open), pointed);
    let root = { $ref: made.$ref };
    for (const [written, schema] of Object.entries(made.definitions)) {
      const name = plain(written);
      if (root.$ref === pointer(name) && name.startsWith('def-')) {
        root = schema; // has no name in the program
        continue;
      }
      if (/-\d{6,}/.test(name)) throw new Error(`A type without a name is printed, export it: ${name}`);
      if (types[name] && JSON.stringify(types[name]) !== JSON.stringify(schema))
        throw new Error(`Two types that are printed have the name ${name}.`);
      types[name] = schema;
    }
    return root;
  }

  /** What a line of a list is, if this is one. */
  function rowOf({ $ref, anyOf, properties }) {
    if ($ref) return rowOf(types[$ref.slice(pointer('').length)]);
    if (anyOf) return anyOf.map(rowOf).find(Boolean);
    return properties.nextCursor && Object.values(properties).find(({ type }) => type === 'array').items;
  }
}

const pointer = (name) => `#/$defs/${name}`;
const spoken = (id) => `tomo ${id.replaceAll(':', ' ')}`;

/** A document that is one of these, with `schemaVersion`. */
function entry(title, schemas) {
  return {
    title,
    allOf: [{ $ref: pointer('Versioned') }, schemas.length === 1 ? schemas[0] : { anyOf: schemas }],
  };
}

/** A name of a type that stands in a pointer as it is: "Ranking-UserTally" for Ranking<UserTally>. */
function plain(name) {
  return name.replaceAll(/\W+/g, '-').replace(/-$/, '');
}

function pointed(key, value) {
  return key === '$ref' ? pointer(plain(decodeURIComponent(value.slice('#/definitions/'.length)))) : value;
}

/** Keys that a later version adds are no breach of the contract. */
function open(key, value) {
  return key === 'additionalProperties' && value === false ? undefined : value;
}

function source(program, file) {
  const found = program.getSourceFiles().find(({ fileName }) => fileName.endsWith(`/${file}`));
  if (!found) throw new Error(`There is no ${file}.`);
  return found;
}

function declared(file, name) {
  const found = file.statements.find((statement) => statement.name?.text === name);
  if (!found) throw new Error(`${file.fileName} has no ${name}.`);
  return found;
}

/** The types of the results that `run()` of a command promises; undefined means that it has printed by itself. */
function promised(file) {
  const command = file.statements.find((statement) => ts.isClassDeclaration(statement));
  const type = command?.members.find((member) => member.name?.getText() === 'run')?.type?.typeArguments?.[0];
  if (!type) throw new Error(`${file.fileName}: run() says nothing of its result.`);
  return members(type).filter(({ kind }) => kind !== ts.SyntaxKind.UndefinedKeyword);
}

function members(type) {
  if (ts.isParenthesizedTypeNode(type)) return members(type.type);
  return ts.isUnionTypeNode(type) ? type.types.flatMap(members) : [type];
}
