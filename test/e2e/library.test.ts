import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('the library loads nothing of the command line', () => {
  const script = `
    const library = require('@tomo/cli');
    const { readFileSync } = require('node:fs');
    const loaded = Object.keys(require.cache).map((file) => readFileSync(file, 'utf8')).join('\\n');
    const found = ['oclif', 'inquirer', 'chalk', 'cli-table3', 'ora-'].filter((name) => loaded.includes(name));
    console.log(JSON.stringify({ names: Object.keys(library), found }));`;
  const { names, found } = JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }));
  expect(found).toEqual([]);
  expect(names).toContain('openDatabase');
  expect(names).toContain('revokeUsers');
});
