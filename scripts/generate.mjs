// Writes what is made from the commands: oclif.manifest.json, the man pages, the reference in docs/, the table of
// commands in the README and the JSON Schemas, from the built program and its types. With --check it changes nothing and fails when one is stale.
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { ENVIRONMENT } from '../src/cli/base/environment.ts';
import { EXIT_CODES } from '../src/cli/base/exit-codes.ts';
import { SCHEMA_VERSION_JSON } from '../src/cli/base/json-version.ts';
import { jsonSchemas } from './json-schemas.mjs';
import { manPages } from './man-pages.mjs';
import { readCommands } from './manifest.mjs';
import { referenceFiles, withCommandTable } from './reference.mjs';

const check = process.argv.includes('--check');
const pjson = JSON.parse(readFileSync('package.json', 'utf8'));
const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
const stale = [];

/** Writes a file that is not as it should be; with --check, only says so. */
function put(file, text) {
  if (read(file) === text) return;
  stale.push(file);
  if (!check) writeFileSync(file, text);
}

const manifest = read('oclif.manifest.json');
execFileSync(process.execPath, ['node_modules/oclif/bin/run.js', 'manifest'], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
// oclif writes the commands in the order in which they happened to load
const made = JSON.parse(read('oclif.manifest.json'));
made.commands = Object.fromEntries(Object.entries(made.commands).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync('oclif.manifest.json', manifest);
put('oclif.manifest.json', `${JSON.stringify(made, null, 2)}\n`);
const { topics } = pjson.oclif;
const commands = readCommands(made, topics);

const files = [
  ...jsonSchemas(made, SCHEMA_VERSION_JSON),
  ...referenceFiles(commands, topics),
  ...manPages(commands, {
    version: pjson.version,
    description: pjson.description,
    topics,
    exitCodes: Object.entries(EXIT_CODES).map(([term, meaning]) => ({ term, meaning })),
    environment: ENVIRONMENT.map(([names, meaning]) => ({ term: names.join(', '), meaning })),
  }),
];
for (const folder of ['man', 'docs/reference', 'schemas']) mkdirSync(folder, { recursive: true });
for (const [file, text] of files) put(file, text);
for (const file of globSync(['man/*.1', 'docs/reference/*.md', 'schemas/*.json'])) {
  if (files.some(([name]) => name === file)) continue;
  stale.push(file);
  if (!check) rmSync(file);
}
put('README.md', withCommandTable(read('README.md'), commands));

if (check && stale.length > 0) {
  console.error(`Stale: ${stale.join(', ')}. Run npm run generate and commit the result.`);
  process.exitCode = 1;
} else if (!check) {
  console.log(stale.length > 0 ? `Updated ${stale.join(', ')}.` : 'Everything is fresh.');
}
