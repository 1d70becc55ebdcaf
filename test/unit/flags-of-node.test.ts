import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import manifest from '../../oclif.manifest.json' with { type: 'json' };

const NAMES = new Set(Object.values(manifest.commands).flatMap(({ flags }) => Object.keys(flags)));

it('no flag has a name that Node takes for its own, even behind the name of a script', () => {
  const script = join(mkdtempSync(join(inject('scratch'), 'argv-')), 'argv.cjs');
  writeFileSync(script, 'console.log(JSON.stringify(process.argv.slice(2)))');
  expect(NAMES.size).toBeGreaterThan(50);
  const given = [...NAMES].flatMap((name) => [`--${name}=/nowhere`, `--${name}`, '/nowhere']);
  const arrived = execFileSync(process.execPath, [script, ...given], { encoding: 'utf8', stdio: 'pipe' });
  expect(JSON.parse(arrived)).toEqual(given);
});
