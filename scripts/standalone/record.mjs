// Runs the program of the folder that TOMO_PROGRAM names, and writes what V8 has compiled of each chunk by the end
// beside it: the functions of this run, and of those before it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeLoader } from '../../bin/loader.cjs';

const root = process.env.TOMO_PROGRAM ?? '';
const at = (name) => join(root, name);
const scripts = new Map();

const load = makeLoader({
  root,
  read(path) {
    const code = at(`${path}.code`);
    return { source: readFileSync(at(path), 'utf8'), cachedData: existsSync(code) ? readFileSync(code) : undefined };
  },
  started(path, script) {
    if (script.cachedDataRejected) throw new Error(`The code of ${path} is rejected.`);
    scripts.set(path, script);
  },
});
process.on('exit', () => {
  for (const [path, script] of scripts) writeFileSync(at(`${path}.code`), script.createCachedData());
});
load('main.js').main({
  root,
  load: (path) => load(`${path}.js`),
  manifest: () => readFileSync(at('oclif.manifest.json'), 'utf8'),
});
