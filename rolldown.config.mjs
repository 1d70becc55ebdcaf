import { cpSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { defineConfig } from 'rolldown';
import pjson from './package.json' with { type: 'json' };

const { version } = pjson;

// One build for all commands and hooks: a start then reads a handful of files instead of some two hundred.
// Chunks lie outside dist/commands, or oclif would take them for commands.

const commands = globSync('src/commands/**/*.ts').map((file) => relative('src/commands', file).replace(/\.ts$/, ''));
const program = ['src/main.ts', ...commands.map((command) => `src/commands/${command}.ts`)];

// What completion needs, which is asked for at every Tab; the first of it the library has, too.
const SHARED_WORDS = /(src.(model.(settings|errors)|domain.(settings.keys|text.did-you-mean))\.ts|fastest-levenshtein)/;
const WORDS = /src.(cli.(base.(help-topics|environment|exit-codes)|completion.(known|completion))|views.printable)\.ts/;

/** What lies beside the code. */
const beside = (dir) => ({
  name: 'beside',
  buildStart() {
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(join(dir, 'chunks'), { recursive: true });
    // the version, since this is the package.json that lies nearest to the chunks
    writeFileSync(join(dir, 'package.json'), `${JSON.stringify({ type: 'commonjs', version })}\n`);
    for (const kind of ['migrations', 'functions']) cpSync(`src/db/${kind}`, join(dir, kind), { recursive: true });
  },
});

/**
 * What oclif imports for work that the built program does not give it: looking for plugins, themes and TypeScript
 * (BuiltConfig), debugging, printing of its own. Each start would read and run these for nothing; empty modules stand
 * in their place. By file of oclif's lib.
 */
const UNUSED = {
  command: ['./help/util', './ux'],
  'config/config': [
    ...[
      'ejs',
      '../help/util',
      '../module-loader',
      '../performance',
      '../util/determine-priority',
      '../util/fs',
      '../util/os',
    ],
    ...['../ux', '../ux/theme', './plugin-loader', './ts-path'],
  ],
  'config/index': ['./plugin', './ts-path'],
  'errors/error': ['./errors/pretty-print'],
  'errors/errors/cli': ['indent-string', 'wrap-ansi'],
  'errors/handle': ['../help/index'],
  'errors/index': ['./handle'],
  'errors/warn': ['./errors/pretty-print'],
  args: ['./util/fs'],
  flags: ['./help', './util/fs'],
  'help/index': ['../config/ts-path', '../module-loader'],
  logger: ['debug'],
  'parser/index': ['./help'],
  'parser/parse': ['node:readline'],
};
const missed = new Set(Object.entries(UNUSED).flatMap(([file, names]) => names.map((name) => `${name} by ${file}`)));
export const unused = {
  name: 'unused',
  resolveId(source, importer = '') {
    const [, file = ''] = /@oclif\/core\/lib\/(.*)\.js$/.exec(importer) ?? [];
    if (!UNUSED[file]?.includes(source)) return null;
    missed.delete(`${source} by ${file}`);
    return '\0unused';
  },
  load: (id) => (id === '\0unused' ? 'module.exports = {};' : null),
  buildEnd() {
    if (missed.size > 0) this.error(`@oclif/core has changed; not imported any more: ${[...missed].join(', ')}`);
  },
};

/** The notices that the licences of bundled packages ask for, in a file of their own. */
const notices = {
  name: 'notices',
  generateBundle(_, bundle) {
    const modules = Object.values(bundle).flatMap((chunk) => Object.keys(chunk.modules ?? {}));
    const folders = new Set(modules.flatMap((id) => /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? []));
    const heading = 'Beside the program itself, the files of this folder hold parts of these packages.\n';
    const texts = [...folders].sort().map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const text = licenceIn(folder) ?? this.error(`${name} (${license}) has no text of its licence to pack.`);
      return `\n${'='.repeat(80)}\n${name} ${version} (${license})\n\n${text}\n`;
    });
    this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-NOTICES.txt', source: heading + texts.join('') });
  },
};

/** From the files for it, else from the last section of the README. */
function licenceIn(folder) {
  const read = (file) => readFileSync(join(folder, file), 'utf8').trim();
  const files = readdirSync(folder).sort();
  const texts = files.filter((file) => /^(licen[cs]e|notice|copying)/i.test(file)).map(read);
  const readme = files.find((file) => /^readme/i.test(file));
  const section = readme && /\n#+ licen[cs]e\s+(.*copyright.*)$/is.exec(read(readme))?.[1];
  return texts.length > 0 ? texts.join('\n\n') : section;
}

/** A build into `dir`. `entries`: beside the program; `external`: what it finds in node_modules. */
export const build = (dir, entries, external) => ({
  input: Object.fromEntries([...program, ...entries].map((file) => [relative('src', file).replace(/\.ts$/, ''), file])),
  platform: 'node',
  logLevel: 'warn',
  // optional and never installed
  external: [...external, 'pg-native', 'typescript', 'ts-node', 'tsx', 'pnpapi'],
  transform: {
    define: { COMMAND_IDS: JSON.stringify(commands.map((command) => command.replaceAll('/', ':')).sort()) },
  },
  plugins: [beside(dir), unused, notices],
  output: {
    dir,
    format: 'cjs',
    // import() would start the loader of ES modules
    dynamicImportInCjs: false,
    exports: 'named',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    // Fewer files to read. Two, since the library has nothing of the command line; what few commands
    // share stays apart.
    codeSplitting: {
      groups: [
        { name: 'shared-words', test: SHARED_WORDS, priority: 3 },
        { name: 'words', test: WORDS, priority: 2 },
        { name: 'base', test: /src.(model|db|domain)/, minShareCount: 12, priority: 1 },
        { name: 'cli', minShareCount: 20 },
      ],
    },
    minify: { compress: true, mangle: false, codegen: true },
  },
});

// PGlite and jq find their WebAssembly beside their own files.
export default defineConfig(build('dist', ['src/index.ts'], ['@electric-sql/pglite', 'jq-web']));
