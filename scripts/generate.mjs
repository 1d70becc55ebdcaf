// Writes what is made from the commands: oclif.manifest.json and the reference in README.md, from the built program.
// With --check it changes nothing and fails when one of them is stale.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const check = process.argv.includes('--check');
const files = ['oclif.manifest.json', 'README.md'];
const before = files.map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : ''));

const oclif = (...args) => execFileSync(process.execPath, ['node_modules/oclif/bin/run.js', ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
oclif('manifest');
oclif('readme', '--no-aliases', '--repository-prefix=src/<%- commandPath %>');
// what depends on the machine that generated it
writeFileSync('README.md', readFileSync('README.md', 'utf8').replaceAll(/(@tomo\/cli\/\S+) \S+ node-v\S+/g, '$1'));

const stale = files.filter((file, i) => readFileSync(file, 'utf8') !== before[i]);
if (check) {
  files.forEach((file, i) => {
    writeFileSync(file, before[i]);
  });
  if (stale.length > 0) {
    console.error(`Stale: ${stale.join(', ')}. Run npm run generate and commit the result.`);
    process.exitCode = 1;
  }
} else {
  console.log(stale.length > 0 ? `Updated ${stale.join(', ')}.` : 'Everything is fresh.');
}
