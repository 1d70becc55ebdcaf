import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import { tomo } from '../support/spawn.ts';

describe('the compile cache', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(inject('scratch'), 'cache-'));
  });
  const version = (env: NodeJS.ProcessEnv) => tomo(['--version'], { env });
  const works = { exitCode: 0, stderr: '', stdout: expect.stringMatching(/^@tomo\/cli\/\d/) };
  const files = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile());

  it('is made in the folder of the user, and nowhere else, and used by the next start', async () => {
    expect(await version({ XDG_CACHE_HOME: home })).toMatchObject(works);
    expect(readdirSync(home)).toEqual(['tomo']);
    const made = files(join(home, 'tomo', 'compile-cache'));
    expect(made.length).toBeGreaterThan(2);
    expect(await version({ XDG_CACHE_HOME: home })).toMatchObject(works);
    expect(files(join(home, 'tomo', 'compile-cache'))).toEqual(made);
  });

  it('is in ~/.cache where nothing else is said', async () => {
    expect(await version({ HOME: home })).toMatchObject(works);
    expect(files(join(home, '.cache', 'tomo', 'compile-cache')).length).toBeGreaterThan(2);
  });

  const NOBODY = 65_534;
  const root = process.getuid?.() === 0;
  async function notUsed(_: string, spoil: (cache: string) => void): Promise<void> {
    const cache = join(home, 'tomo', 'compile-cache');
    mkdirSync(cache, { recursive: true, mode: 0o700 });
    spoil(cache);
    expect(await version({ XDG_CACHE_HOME: home })).toMatchObject(works);
    expect(files(home)).toEqual([]);
  }
  it.each<[string, (cache: string) => void]>([
    ['others may write to its folder', (cache) => chmodSync(cache, 0o1777)],
    ['others may write above it', (cache) => chmodSync(join(cache, '..'), 0o770)],
    ['others may write to the home folder', () => chmodSync(home, 0o777)],
  ])('is not used where %s', notUsed);
  it.runIf(root).each<[string, (cache: string) => void]>([
    ['its folder is of somebody else', (cache) => chownSync(cache, NOBODY, NOBODY)],
    ['the home folder is of somebody else', () => chownSync(home, NOBODY, NOBODY)],
  ])('is not used where %s', notUsed);

  it.runIf(root)('is not used, nor anything made, through a link into a folder of somebody else', async () => {
    const theirs = mkdtempSync(join(inject('scratch'), 'theirs-'));
    chownSync(theirs, NOBODY, NOBODY);
    symlinkSync(theirs, join(home, 'tomo'));
    expect(await version({ XDG_CACHE_HOME: home })).toMatchObject(works);
    expect(readdirSync(theirs)).toEqual([]);
  });

  it('is done without where none can be made', async () => {
    writeFileSync(join(home, 'a file'), '');
    expect(await version({ XDG_CACHE_HOME: join(home, 'a file') })).toMatchObject(works);
    for (const none of ['/dev/null', '/proc', '/proc/none']) expect(await version({ HOME: none })).toMatchObject(works);
  });
});
