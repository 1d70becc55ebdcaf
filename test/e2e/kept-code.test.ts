import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import { tomo } from '../support/spawn.ts';

/** With other bytes in many places behind the first ones, by which V8 knows its own. */
function garbled(data: Buffer): Buffer {
  const step = Math.ceil(data.length / 50);
  return data.map((byte, i) => (i > 200 && i % step === 0 ? byte ^ 0xff : byte)) as Buffer;
}

const ROOT = join(import.meta.dirname, '..', '..');

describe('the code that V8 has made', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(inject('scratch'), 'cache-'));
  });
  const version = (env: NodeJS.ProcessEnv) => tomo(['--version'], { env });
  /** What a start does with Node's own `vm.Script`: how many had code, how many of these were rejected. */
  const WATCH = join(import.meta.dirname, '..', 'support', 'watch-code.cjs');
  async function started(...argv: string[]): Promise<{ with: number; without: number; rejected: number }> {
    const log = join(home, 'log');
    expect(
      await tomo(argv, { env: { XDG_CACHE_HOME: home, NODE_OPTIONS: `--require ${WATCH}`, WATCH_CODE: log } }),
    ).toMatchObject({ exitCode: 0 });
    return JSON.parse(readFileSync(log, 'utf8'));
  }
  const works = { exitCode: 0, stderr: '', stdout: expect.stringMatching(/^@tomo\/cli\/\d/) };
  const files = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile());

  it('is made in the folder of the user, and nowhere else, and used by the next start', async () => {
    expect(await version({ XDG_CACHE_HOME: home })).toMatchObject(works);
    expect(readdirSync(home)).toEqual(['tomo']);
    const made = files(join(home, 'tomo', 'code'));
    expect(made.length).toBeGreaterThan(2);
    expect(await version({ XDG_CACHE_HOME: home })).toMatchObject(works);
    expect(files(join(home, 'tomo', 'code'))).toEqual(made);
  });

  it('is there from the second run of each command on', async () => {
    for (const argv of [
      ['--version'],
      ['help', 'session', 'list'],
      ['alias', 'list'],
      ['alias', 'list', '--output', 'csv'],
    ]) {
      expect(await started(...argv), argv.join(' ')).toMatchObject({ without: expect.toSatisfy((n) => n > 0) });
      expect(await started(...argv), argv.join(' ')).toEqual({
        with: expect.toSatisfy((n) => n > 0),
        without: 0,
        rejected: 0,
      });
    }
  });

  it.each<[string, (file: string) => void]>([
    ['is empty', (file) => writeFileSync(file, '')],
    ['is cut off', (file) => writeFileSync(file, readFileSync(file).subarray(0, 500))],
    ['is something else', (file) => writeFileSync(file, Buffer.alloc(5000, 'x'))],
    ['is garbled here and there', (file) => writeFileSync(file, garbled(readFileSync(file)))],
    ['cannot be read', (file) => chmodSync(file, 0)],
  ])('is made anew where a file of it %s', async (_, spoil) => {
    const cache = join(home, 'tomo', 'code');
    await started('--version');
    for (const file of files(cache)) spoil(join(cache, file));
    expect(await version({ XDG_CACHE_HOME: home })).toMatchObject(works);
    expect(await started('--version')).toMatchObject({ without: 0, rejected: 0 });
  });

  it('is of the program as it is now, however little of it has changed', async () => {
    const copy = mkdtempSync(join(inject('scratch'), 'program-'));
    for (const part of ['bin', 'dist', 'package.json'])
      cpSync(join(ROOT, part), join(copy, part), { recursive: true, preserveTimestamps: true });
    const main = join(copy, 'dist', 'main.js');
    const run = () =>
      execFileSync(process.execPath, [join(copy, 'bin', 'run.cjs'), '--version'], {
        encoding: 'utf8',
        env: { XDG_CACHE_HOME: home },
      });
    const told = run();
    expect(run()).toBe(told);
    writeFileSync(main, readFileSync(main, 'utf8').replaceAll('@tomo/cli', '@tomo/new'));
    expect(run()).toBe(told.replace('cli', 'new'));
    // and of one that was changed at the same moment, as npm writes all files, by its version
    const { mtime } = statSync(main);
    writeFileSync(main, readFileSync(main, 'utf8').replaceAll('@tomo/new', '@tomo/old'));
    utimesSync(main, mtime, mtime);
    writeFileSync(join(copy, 'dist', 'package.json'), '{"type":"commonjs","version":"9.9.9"}');
    expect(run()).toBe(told.replace('cli', 'old'));
  });

  it('is whole, however many start at once', async () => {
    const told = await Promise.all(Array.from({ length: 8 }, () => version({ XDG_CACHE_HOME: home })));
    for (const one of told) expect(one).toMatchObject(works);
    expect(await started('--version')).toMatchObject({ without: 0, rejected: 0 });
    expect(files(home).filter((file) => /\.\d+$/.test(file))).toEqual([]);
  });

  it.each([
    ['nothing else is said', {}],
    ['a folder is named that is another one everywhere', { XDG_CACHE_HOME: 'cache' }],
  ])('is in ~/.cache where %s', async (_, env) => {
    expect(await version({ HOME: home, ...env })).toMatchObject(works);
    expect(files(join(home, '.cache', 'tomo', 'code')).length).toBeGreaterThan(2);
  });

  const NOBODY = 65_534;
  const root = process.getuid?.() === 0;
  async function notUsed(_: string, spoil: (cache: string) => void): Promise<void> {
    const cache = join(home, 'tomo', 'code');
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
