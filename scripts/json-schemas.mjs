// JSON Schemas (draft 2020-12) of everything that tomo prints as JSON, from the result types of the commands: what
// `run()` promises is what `--json` prints. The type checker holds the code to them, a test what is really printed.
import { createRequire } from 'node:module';
import { createFormatter, createParser, createProgram, SchemaGenerator } from 'ts-json-schema-generator';

// the one the generator brings, because its programs are not those of another version
const ts = createRequire(createRequire(import.meta.url).resolve('ts-json-schema-generator'))('typescript');

/** Documents that are no result of a command. */
const OTHERS = [
  {
    name: 'error',
    file: 'src/cli/base/base-command.ts',
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

/** `manifest`: oclif's. Returns files and their texts. */
export function jsonSchemas({ commands }, schemaVersion) {
  const config = {
    path: 'src/{cli,commands}/**/*.ts',
    tsconfig: 'tsconfig.json',
    skipTypeCheck: true,
    expose: 'export',
    topRef: false,
    jsDoc: 'extended',
  };
  const program = createProgram(config);
  const generator = new SchemaGenerator(program, createParser(program, config), createFormatter(config), config);
  const files = [];
  const put = (name, title, schema) => {
    const document = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: `urn:tomo:json:${schemaVersion}:${name}`,
      title,
      ...schema,
    };
    files.push([`schemas/${name}.schema.json`, `${JSON.stringify(document, null, 2)}\n`]);
  };

  for (const { name, file, type, title } of OTHERS)
    put(name, title, documentOf([declared(source(program, file), type)]));
  for (const { id, flags, hidden } of Object.values(commands)) {
    if (!flags.json || hidden) continue;
    const name = id.replaceAll(':', '-');
    const spoken = `tomo ${id.replaceAll(':', ' ')}`;
    const schema = documentOf(promised(source(program, `src/commands/${id.replaceAll(':', '/')}.ts`)));
    put(name, `${spoken} --json`, schema);
    const row = rowOf(schema);
    const others = Object.keys(SAME_ROWS).filter((other) => SAME_ROWS[other] === id);
    if (row)
      put(
        `${name}.row`,
        [id, ...others].map((one) => `tomo ${one.replaceAll(':', ' ')} --output ndjson, a line`).join('; '),
        row,
      );
  }
  return files;

  /** The schema of a document that is one of these types, with `schemaVersion`. */
  function documentOf(types) {
    const $defs = {};
    const all = types.flatMap((type) => {
      const { $schema, definitions, ...root } = generator.createSchemaFromNodes([type]);
      const made = JSON.parse(JSON.stringify({ root, definitions }, open).replaceAll('"#/definitions/', '"#/$defs/'));
      Object.assign($defs, made.definitions);
      return alternatives(made.root, $defs).map((one) => withVersion(one));
    });
    return withDefinitions(all.length === 1 ? all[0] : { type: 'object', anyOf: all }, $defs);
  }

  function withVersion({ type, properties = {}, required = [], ...rest }) {
    const version = { const: schemaVersion, description: 'Raised when a key goes away or changes its meaning.' };
    return {
      type,
      properties: { schemaVersion: version, ...properties },
      required: ['schemaVersion', ...required],
      ...rest,
    };
  }

  /** What a line of a list is, if this is one. */
  function rowOf({ $defs, ...root }) {
    const list = (root.anyOf ?? [root]).find(({ properties }) => properties.nextCursor !== undefined);
    const rows = list && Object.values(list.properties).find(({ type }) => type === 'array');
    return rows && withDefinitions(withVersion(alternatives(rows.items, $defs)[0]), $defs);
  }
}

/** Keys that a later version adds are no breach of the contract. */
function open(key, value) {
  return key === 'additionalProperties' && value === false ? undefined : value;
}

/** The objects that a schema stands for. */
function alternatives(schema, $defs) {
  if (schema.$ref) return alternatives($defs[decodeURIComponent(schema.$ref.slice('#/$defs/'.length))], $defs);
  if (schema.anyOf) return schema.anyOf.flatMap((one) => alternatives(one, $defs));
  if (schema.type !== 'object') throw new Error(`A result is no object: ${JSON.stringify(schema)}`);
  return [schema];
}

/** With those definitions that it uses, directly or not. */
function withDefinitions(root, $defs) {
  const used = {};
  const collect = (schema) => {
    for (const [, encoded] of JSON.stringify(schema).matchAll(/"#\/\$defs\/([^"]+)"/g)) {
      const name = decodeURIComponent(encoded);
      if (used[name]) continue;
      used[name] = $defs[name];
      collect($defs[name]);
    }
  };
  collect(root);
  const names = Object.keys(used).sort();
  return names.length > 0 ? { ...root, $defs: Object.fromEntries(names.map((name) => [name, used[name]])) } : root;
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
