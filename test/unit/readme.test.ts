import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { EXIT_CODE, EXIT_CODES } from '../../src/cli/base/exit-codes.ts';

const readme = readFileSync('README.md', 'utf8');

it('the README lists the exit codes as the program has them', () => {
  const table = [...readme.matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, code, meaning]) => [Number(code), meaning]);
  expect(table).toEqual(Object.entries(EXIT_CODES).map(([code, meaning]) => [Number(code), meaning]));
});

it('every error ends with a documented exit code', () => {
  for (const code of Object.values(EXIT_CODE)) expect(EXIT_CODES).toHaveProperty(String(code));
});

it.each(['CONTRIBUTING.md', 'docs/security.md'])('%s names no file that is not there', (page) => {
  const named = [...readFileSync(page, 'utf8').matchAll(/`((?:src|test|scripts|docs|schemas|bench|bin)\/[\w./-]+)`/g)];
  expect(named.length).toBeGreaterThan(20);
  expect(named.map(([, path = '']) => path).filter((path) => !existsSync(path))).toEqual([]);
});
