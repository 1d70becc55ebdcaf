import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ENVIRONMENT } from '../../src/cli/base/environment.ts';
import { HELP_TOPICS } from '../../src/cli/base/help-topics.ts';
import { renderTopic } from '../../src/cli/base/render-topic.ts';
import { PARAMETERS } from '../../src/db/port/libpq-parameters.ts';
import { NARROWING } from '../../src/domain/session/filter.ts';

const names = Object.keys(ENVIRONMENT).flatMap((group) => group.split(', '));

it('names every environment variable that the sources read', () => {
  const read = new Set<string>();
  for (const file of globSync('src/**/*.ts')) {
    const text = readFileSync(file, 'utf8');
    for (const [, dotted, quoted] of text.matchAll(/\benv\.([A-Z][A-Z_]+)\b|'((?:TOMO|JWT|PG|XDG)_?[A-Z_]+)'/g))
      read.add(dotted ?? quoted ?? '');
  }
  // they are explained together
  for (const row of Object.values(PARAMETERS)) if ('variable' in row) read.delete(row.variable);
  // of Windows, of a container's user without a name, of oclif, a file, and what pagers are given
  for (const own of ['APPDATA', 'PG_VERSION', 'USER', 'HOME', 'NODE_ENV', 'SHELL', 'LESS', 'LV']) read.delete(own);
  expect([...read].filter((name) => !names.includes(name))).toEqual([]);
});

it('the README names them, too', () => {
  const readme = readFileSync('README.md', 'utf8');
  expect(names.filter((name) => !readme.includes(name) && !name.startsWith('PG'))).toEqual([]);
});

it('explains every filter', () => {
  const text = renderTopic(HELP_TOPICS.filters ?? { summary: '', sections: {} }, 80);
  for (const flag of NARROWING) if (!flag.startsWith('not-')) expect(text).toContain(`--${flag}`);
});

it.each(Object.entries(HELP_TOPICS))('%s fits 80 columns', (_, topic) => {
  for (const line of renderTopic(topic, 80).split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
});
