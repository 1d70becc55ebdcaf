import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const MOST = 119;

/** Files of a kind, the ones that are made from others aside. */
function filesOf(...patterns: string[]): string[] {
  return globSync(patterns, { cwd: ROOT }).filter((file) => !/^docs\/reference\//.test(file));
}

function tooLong(file: string, isProse: (line: string) => boolean): string[] {
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
  const long = lines.map((line, i) => ({ line, at: `${file}:${i + 1}` })).filter(({ line }) => line.length > MOST);
  return long.filter(({ line }) => isProse(line)).map(({ at }) => at);
}

describe(`prose that is read in a terminal, in lines of at most ${MOST} characters`, () => {
  it('in the documents, tables and examples aside', () => {
    const long = filesOf('*.md', 'docs/**/*.md', 'bench/*.md').flatMap((file) => {
      const text = readFileSync(join(ROOT, file), 'utf8');
      // an example, which is as long as it is
      const examples = new Set(text.match(/^\s*```[\s\S]*?^\s*```/gm)?.flatMap((block) => block.split('\n')));
      return tooLong(file, (line) => !/^\s*\|/.test(line) && !examples.has(line));
    });
    expect(long).toEqual([]);
  });

  it('in the comments', () => {
    const files = filesOf('{src,test,bench,scripts}/**/*.{ts,mjs,sql}', 'bin/*.cjs');
    expect(files.length).toBeGreaterThan(500);
    expect(files.flatMap((file) => tooLong(file, (line) => /^\s*(\/\/|\*|\/\*\*|--) /.test(line)))).toEqual([]);
  });
});
