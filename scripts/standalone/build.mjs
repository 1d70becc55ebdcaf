// npm run build:standalone: makes the program as one file, and what carries it to a server, in .standalone.
import { execFileSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { rolldown } from 'rolldown';
import { wrapped } from '../../bin/loader.cjs';
import { build } from '../../rolldown.config.mjs';
import { makeExecutable } from './executable.mjs';
import { pack } from './pack.mjs';
import { train } from './train.mjs';

const OUTPUT = '.standalone';
const program = join(OUTPUT, 'program');
const executable = join(OUTPUT, 'tomo');

rmSync(OUTPUT, { recursive: true, force: true });
mkdirSync(OUTPUT);
const options = build(program, [], []);
// PGlite's code has eval in it, where it never gets to
await (await rolldown({ ...options, checks: { eval: false } })).write(options.output);
for (const file of globSync(`${program}/**/*.js`)) writeFileSync(file, wrapped(readFileSync(file, 'utf8')));
copyFileSync('oclif.manifest.json', join(program, 'oclif.manifest.json'));
const { resolve } = createRequire(import.meta.url);
const WEB_ASSEMBLY = { '@electric-sql/pglite': ['pglite.wasm', 'initdb.wasm', 'pglite.data'], 'jq-web': ['jq.wasm'] };
for (const [name, files] of Object.entries(WEB_ASSEMBLY))
  for (const file of files) copyFileSync(join(dirname(resolve(name)), file), join(program, 'chunks', file));
await train(program);
await makeExecutable(program, executable, OUTPUT);
// fails where V8 does not take its own code again
execFileSync(executable, ['help', 'session', 'list'], { env: { TOMO_CODE: 'required' }, stdio: 'pipe' });
pack(OUTPUT, { executable, program });
