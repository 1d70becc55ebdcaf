import { spawnSync } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { expect, it, vi } from 'vitest';
import { processTerminal } from '../../src/cli/base/terminal.ts';
import { Progress } from '../../src/cli/output/progress.ts';
import { PATIENCE } from '../support/patience.ts';

it.each([
  ['has no width, as under script(1) or ssh -t without a terminal', { columns: 0 }, 'xterm'],
  ['does not say its width', {}, 'xterm'],
  ['is dumb', { columns: 80 }, 'dumb'],
])('says once what goes on where the terminal %s, and takes no line back', async (_, size, TERM) => {
  const stderr = Object.assign(new PassThrough(), { isTTY: true, ...size });
  let text = '';
  stderr.on('data', (data) => (text += data));
  const progress = new Progress({ ...processTerminal, stderr, env: { TERM } }, { title: 'Cleaning up', silent: false });
  await vi.waitUntil(() => text, PATIENCE);
  progress.update(5);
  progress.stop();
  expect(text).toBe('Cleaning up...\n');
});

// in a process of its own, since chalk looks at its surroundings once
const SPINNING = `
  import { PassThrough } from 'node:stream';
  import { processTerminal } from './src/cli/base/terminal.ts';
  import { Progress } from './src/cli/output/progress.ts';
  const nothing = () => true;
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 80, cursorTo: nothing, clearLine: nothing, moveCursor: nothing });
  const progress = new Progress({ ...processTerminal, stderr }, { title: 'Cleaning up', silent: false });
  const alive = setInterval(() => {}, 1000);
  stderr.on('data', (data) => {
    process.stdout.write(data);
    if (!String(data).includes('Cleaning up')) return;
    progress.stop();
    clearInterval(alive);
  });
`;

it.each([
  ['with colour', {}, true],
  ['without where NO_COLOR is set', { NO_COLOR: '1' }, false],
])('spins %s', (_, more, coloured) => {
  const env = { PATH: process.env.PATH, TERM: 'xterm', LANG: 'C.UTF-8', FORCE_COLOR: '1', ...more };
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', SPINNING], { env, encoding: 'utf8' });
  expect(stdout).toContain('Cleaning up');
  expect(/\x1b\[\d+m/.test(stdout)).toBe(coloured);
});
