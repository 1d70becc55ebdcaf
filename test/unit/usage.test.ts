import { readFileSync } from 'node:fs';
import type { Command } from '@oclif/core/command';
import { Config } from '@oclif/core/config';
import { expect, it } from 'vitest';
import manifest from '../../oclif.manifest.json' with { type: 'json' };
import pjson from '../../package.json' with { type: 'json' };
import { WholeUsage } from '../../src/cli/base/usage.ts';

it.each(Object.keys(manifest.commands))('the usage of %s has each flag once, and no holes', (id) => {
  const command = manifest.commands[id as keyof typeof manifest.commands] as unknown as Command.Loadable;
  const config = new Config({ root: '.', pjson: pjson as never });
  const usage = new WholeUsage(command, config, {} as never).defaultUsage();
  expect(usage).not.toMatch(/\[\s*\]|[[|(]\s*\||\|\s*[\])]|\s{2}/);
  const words = usage.split(/[\s[\]()]+/);
  for (const { name, char, hidden } of Object.values(command.flags)) {
    const shown = words.filter((word) => word === `--${name}` || word === `-${char}`);
    expect(shown.length, `${id} --${name}`).toBe(hidden ? 0 : 1);
  }
});

it('the reference shows of a flag that can be said with no- that it can', () => {
  for (const { id, flags } of Object.values(manifest.commands)) {
    const page = readFileSync(`docs/reference/${id.includes(':') ? id.split(':')[0] : 'tomo'}.md`, 'utf8');
    for (const flag of Object.values(flags))
      if ('allowNo' in flag && flag.allowNo) expect(page).toContain(`\`--[no-]${flag.name}\``);
  }
});

it('a flag is explained by flags that its command has', () => {
  const unknown = Object.values(manifest.commands).flatMap(({ id, flags }) => {
    const names = Object.values(flags).flatMap((flag) => [flag.name, ...('aliases' in flag ? flag.aliases : [])]);
    const texts = Object.values(flags).map((flag) => (flag as { description?: string }).description ?? '');
    return [...texts.join(' ').matchAll(/--([a-z][\w-]*)/g)]
      .map(([, name = '']) => name)
      .filter((name) => !names.includes(name))
      .map((name) => `${id} --${name}`);
  });
  expect(unknown).toEqual([]);
});
