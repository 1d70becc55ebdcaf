// Node's own way to one file: https://nodejs.org/api/single-executable-applications.html
import { execFileSync } from 'node:child_process';
import { copyFileSync, globSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** What stands in Node where it looks whether there is something in it. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/** Puts the program of a folder into a copy of this Node, as `file`. `scratch`: a folder for what lies between. */
export async function makeExecutable(program, file, scratch) {
  const at = (name) => join(scratch, name);
  const main = await rolldown({ input: 'scripts/standalone/program.mjs', platform: 'node' });
  await main.write({ file: at('program.cjs'), format: 'cjs' });
  const names = globSync('**/*.{js,code,json,sql,wasm,data}', { cwd: program });
  const config = {
    main: at('program.cjs'),
    output: at('program.blob'),
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
    assets: Object.fromEntries(names.map((name) => [name, join(program, name)])),
  };
  writeFileSync(at('sea.json'), JSON.stringify(config));
  execFileSync(process.execPath, ['--experimental-sea-config', at('sea.json')], { stdio: 'pipe' });
  rmSync(file, { force: true });
  copyFileSync(process.execPath, file);
  // the names of its functions, a sixth of it, which only a debugger wants
  execFileSync('strip', [file]);
  const inject = [
    'node_modules/postject/dist/cli.js',
    file,
    'NODE_SEA_BLOB',
    at('program.blob'),
    '--sentinel-fuse',
    FUSE,
  ];
  execFileSync(process.execPath, inject, { stdio: 'pipe' });
}
