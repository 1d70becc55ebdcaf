// Writes what is made from the program and committed: oclif.manifest.json, the reference in docs/, the table of
// commands in the README, the servers in docs/adopted-servers.md and the JSON Schemas, from the built program and its
// types. With --check it changes nothing and fails when one is stale.
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { SCHEMA_VERSION_JSON } from '../src/cli/base/json-version.ts';
import { withServers } from './adopted-servers.mjs';
import { jsonSchemas } from './json-schemas.mjs';
import { readCommands } from './manifest.mjs';
import { referenceFiles, withCommandTable } from './reference.mjs';
import { serverSchema } from './server-schema.mjs';

const check = process.argv.includes('--check');
const { topics } = JSON.parse(readFileSync('package.json', 'utf8')).oclif;
const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
const stale = [];

/** Writes a file that is not as it should be; with --check, only says so. */
function put(file, text) {
  if (read(file) === text) return;
  stale.push(file);
  if (!check) writeFileSync(file, text);
}

/** JSON as the formatter has it. */
function putJson(file, value) {
  const biome = ['node_modules/@biomejs/biome/bin/biome', 'format', `--stdin-file-path=${file}`];
  put(file, execFileSync(process.execPath, biome, { input: JSON.stringify(value), encoding: 'utf8' }));
}

const manifest = read('oclif.manifest.json');
execFileSync(process.execPath, ['node_modules/oclif/bin/run.js', 'manifest'], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
// oclif writes the commands in the order in which they happened to load
const made = JSON.parse(read('oclif.manifest.json'));
made.commands = Object.fromEntries(Object.entries(made.commands).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync('oclif.manifest.json', manifest);
putJson('oclif.manifest.json', made);
putJson('schemas/tomo.schema.json', jsonSchemas(made, SCHEMA_VERSION_JSON));
putJson('schemas/server.schema.json', serverSchema());

const commands = readCommands(made, topics);
const reference = referenceFiles(commands, topics);
for (const [file, text] of reference) put(file, text);
for (const file of globSync('docs/reference/*.md')) {
  if (reference.some(([name]) => name === file)) continue;
  stale.push(file);
  if (!check) rmSync(file);
}
put('README.md', withCommandTable(read('README.md'), commands));
put('docs/adopted-servers.md', withServers(read('docs/adopted-servers.md')));

if (check && stale.length > 0) {
  console.error(`Stale: ${stale.join(', ')}. Run npm run generate and commit the result.`);
  process.exitCode = 1;
} else if (!check) {
  console.log(stale.length > 0 ? `Updated ${stale.join(', ')}.` : 'Everything is fresh.');
}
