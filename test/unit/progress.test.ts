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

it.each([
  ['with colour', {}, true],
  ['without where NO_COLOR is set', { NO_COLOR: '1' }, false],
])('spins %s', async (_, more, coloured) => {
  // chalk, which asks once, takes this for a terminal
  vi.stubEnv('FORCE_COLOR', '1');
  const stderr = Object.assign(new PassThrough(), {
    isTTY: true,
    columns: 80,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  });
  let text = '';
  stderr.on('data', (data) => (text += data));
  const env = { TERM: 'xterm', LANG: 'C.UTF-8', ...more };
  const progress = new Progress({ ...processTerminal, stderr, env }, { title: 'Cleaning up', silent: false });
  await vi.waitUntil(() => text.includes('Cleaning up'), PATIENCE);
  progress.stop();
  vi.unstubAllEnvs();
  expect(/\x1b\[\d+m/.test(text)).toBe(coloured);
});
