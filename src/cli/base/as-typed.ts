import type { Command } from '@oclif/core/command';

/** A flag that was typed by another name than its own, and these names, as they were typed. */
export interface Typed {
  name: string;
  spellings: string[];
  values: string[];
}

/** Of the flags those that somebody has called otherwise, or twice. */
export function typedOtherwise(argv: readonly string[], flags: typeof Command.flags): Typed[] {
  const end = argv.indexOf('--');
  const given = end < 0 ? argv : argv.slice(0, end);
  return Object.entries(flags).flatMap(([name, { aliases = [] }]) => {
    const found = given.flatMap((word, i) => {
      const [, spelling = '', inline] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
      return spelling === name || aliases.includes(spelling) ? [{ spelling, value: inline ?? given[i + 1] ?? '' }] : [];
    });
    const spellings = [...new Set(found.map(({ spelling }) => spelling))];
    if (spellings.length === 0 || spellings.join() === name) return [];
    return [{ name, spellings, values: found.map(({ value }) => value) }];
  });
}

/** A message about flags that calls them what they were called. */
export function asTyped(message: string, typed: readonly Typed[]): string {
  return typed.reduce((text, { name, spellings }) => {
    const named = new RegExp(`--${name}(?![\\w-])`, 'g');
    const [only = name, ...more] = spellings;
    if (more.length === 0) return text.replaceAll(named, `--${only}`);
    return /can only be specified once/.test(text) && named.test(text)
      ? `${spellings.map((spelling) => `--${spelling}`).join(' and ')} are one flag, which goes only once.`
      : text;
  }, message);
}

/** The file that was given to a flag which is given a format, too. */
export function fileGiven(message: string, typed: readonly Typed[]): string | undefined {
  const twice = typed.find(({ spellings: [, more] }) => more !== undefined && /only once/.test(message));
  return twice?.values.find((value) => /\.\w+$/.test(value));
}
