import { mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
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

  it('is done without where none can be made', async () => {
    writeFileSync(join(home, 'a file'), '');
    expect(await version({ XDG_CACHE_HOME: join(home, 'a file') })).toMatchObject(works);
    expect(await version({ HOME: '/dev/null' })).toMatchObject(works);
  });
});
