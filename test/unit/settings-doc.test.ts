import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PRESETS } from '../../src/domain/settings/keys.ts';
import { allowedValues, settingWords } from '../../src/domain/settings/values.ts';
import { SETTING_KEYS, SETTINGS } from '../../src/model/settings.ts';

const page = readFileSync('docs/settings.md', 'utf8');

it('docs/settings.md lists every setting as the program has it', () => {
  const table = page.split('\n').filter((line) => /^\| `\w+_\w+` \|/.test(line));
  expect(table).toEqual(
    SETTING_KEYS.map((key) => {
      const definition = SETTINGS[key];
      return `| \`${key}\` | ${settingWords(key, definition.default)} | ${allowedValues(definition)} | ${definition.meaning} |`;
    }),
  );
});

it('docs/settings.md lists the presets', () => {
  for (const [name, { session_timeout, use }] of Object.entries(PRESETS))
    expect(page).toContain(`| \`${name}\` | ${session_timeout} min | ${use} |`);
});
