import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { yamlOf } from '../../src/cli/list/yaml.ts';

const TEXTS = [
  'tab\there',
  '=',
  'NO',
  '12:30',
  '2026-11-30',
  '\u0085',
  'new\nline',
  'a: b # c',
  '~',
  '\u{1f600}',
  '\x1b[31m',
];

it.each(TEXTS)('%j is the same text for every reader of YAML', (text) => {
  const yaml = yamlOf([{ text }]);
  expect(yaml).not.toMatch(/\t|[-:] =$|[\x80-\x9f\x1b]/m);
  for (const version of ['1.1', '1.2'] as const) expect(parse(yaml, { version })).toEqual([{ text }]);
});
