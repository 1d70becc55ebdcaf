import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { didYouMean } from '../../src/domain/text/did-you-mean.ts';
import { argumentWord, optionWords, shellWord } from '../../src/domain/text/shell-word.ts';
import { printable } from '../../src/views/printable.ts';

const NAMES = [
  'alice',
  "o'brien",
  'two words',
  '$HOME `id` "x" \\ !1 *',
  'evil\x1b[31mred',
  'new\nline\ttab\x07',
  "quote'\x01back\\slash",
  'turned \u202egnp.exe',
  'zero\u200bwidth',
  '\u0085next',
  'family \u{1f469}\u200d\u{1f467}',
  '\u{1f600}',
  'é\x1bf',
  '--flag',
  '-\x1b',
];

describe('a word for a shell', () => {
  it.each(NAMES)('%j is printable, and bash reads it as it was', (name) => {
    const word = shellWord(name);
    expect(printable(word)).toBe(word);
    for (const locale of ['C', 'C.UTF-8']) {
      const script = `printf '%s|' ${word}; printf '%s|' ${argumentWord(name)}; printf '%s|' ${optionWords('user', name)}`;
      const { stdout } = spawnSync('bash', ['-c', script], { encoding: 'utf8', env: { LC_ALL: locale } });
      const dash = name.startsWith('-');
      const option = dash ? `--user=${name}|` : `--user|${name}|`;
      expect(stdout).toBe(`${name}|${dash ? '--|' : ''}${name}|${option}`);
    }
  });

  it('is what a hidden name is suggested by', () => {
    expect(didYouMean('evilred', ['evil\x1b[31mred'])).toBeUndefined();
    expect(didYouMean('evil\\u001b[31mred', ['evil\x1b[31mred'])).toBe("Did you mean $'evil\\x1b[31mred'?");
    expect(didYouMean('two word', ['two words'])).toBe('Did you mean "two words"?');
  });
});
