import { globSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const TOPICS = readdirSync('src/commands').map((name) => name.replace('.ts', ''));
const COMMAND = new RegExp(`\\btomo (${TOPICS.join('|')})\\b`);
const FLAG = /(?<![\w-])--[a-z]/;

/** The lines of a source that name a flag or a command, outside its comments. */
function slips(source: string): string[] {
  return source
    .replaceAll(/\/\*\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
    .split('\n')
    .filter((line) => FLAG.test(line) || COMMAND.test(line));
}

describe('a line of the library', () => {
  it.each([
    `hint: 'To look: tomo session list',`,
    '`tomo db migrate`',
    `'Run tomo doctor.'`,
    `'--since is empty.'`,
    '`At most --since 366d`',
  ])('that names a flag or a command is found: %s', (line) => expect(slips(line)).toEqual([line]));

  it.each(['i -= 1; i--;', '/** What `--json` prints. */', '// tomo session list', `'select 1 -- why'`, `'tomo.live'`])(
    'that names none is not: %s',
    (line) => expect(slips(line)).toEqual([]),
  );
});

/** They are called by servers as well; src/cli turns what they say into flags and commands. */
it.each(globSync('src/{model,domain,db}/**/*.ts'))('%s speaks of no flag and of no command', (file) => {
  expect(slips(readFileSync(file, 'utf8'))).toEqual([]);
});
