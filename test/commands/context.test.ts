import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import { changeConfig } from '../../src/cli/connect/change-config.ts';
import { readConfig } from '../../src/cli/connect/config-file.ts';
import ContextAdd from '../../src/commands/context/add.ts';
import ContextList from '../../src/commands/context/list.ts';
import ContextRemove from '../../src/commands/context/remove.ts';
import ContextUse from '../../src/commands/context/use.ts';
import SessionList from '../../src/commands/session/list.ts';
import { type RunOptions, run } from '../support/run.ts';

let home: string;
let env: NodeJS.ProcessEnv;
const file = () => join(home, '.config', 'tomo', 'config.json');
const written = () => JSON.parse(readFileSync(file(), 'utf8'));

function put(text: string, mode = 0o600): void {
  mkdirSync(join(home, '.config', 'tomo'), { recursive: true, mode: 0o700 });
  writeFileSync(file(), text);
  chmodSync(file(), mode);
}

beforeEach(() => {
  home = mkdtempSync(join(inject('scratch'), 'contexts-'));
  env = { HOME: home, PGSYSCONFDIR: home, TOMO_DATABASE_URL: undefined };
});

/** None of these commands asks a database. */
const does = (command: Parameters<typeof run>[1], argv: string[], more: RunOptions = {}) =>
  run(null, command, argv, { ...more, env: { ...env, ...more.env } });
const add = (name: string, database: string, ...more: string[]) =>
  does(ContextAdd, [name, '--database', database, ...more]);

describe('context add', () => {
  it('writes a file of its owner alone, in a folder of its owner alone', async () => {
    const ran = await add('shop', 'postgres://op@db1/app', '--server', 'laravel:lifetime=120m', '--production');
    expect(ran).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^Added context shop: postgres:\/\/op@db1\/app, /),
    });
    expect(written()).toEqual({
      contexts: { shop: { database: 'postgres://op@db1/app', server: 'laravel:lifetime=120m', production: true } },
    });
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, '.config', 'tomo')).mode & 0o777).toBe(0o700);
    expect(ran.stderr).toContain('tomo context use shop');
  });

  it('keeps what else is in the file, in its order', async () => {
    put(
      '{"mailTo": "ops@example.org", "contexts": {"lab": {"database": "embedded"}}, "context": "lab", "database": "postgres://db/x"}',
    );
    await add('shop', 'embedded');
    expect(Object.keys(written())).toEqual(['mailTo', 'contexts', 'context', 'database']);
    expect(Object.keys(written().contexts)).toEqual(['lab', 'shop']);
    expect(written()).toMatchObject({ mailTo: 'ops@example.org', context: 'lab', database: 'postgres://db/x' });
  });

  it('replaces one of the same name only with --force', async () => {
    await add('shop', 'postgres://db1/app', '--production');
    expect(await add('shop', 'postgres://db2/app')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--force'),
    });
    expect(written().contexts.shop.database).toBe('postgres://db1/app');
    const ran = await add('shop', 'postgres://db2/app', '--force', '--json');
    expect(ran.json()).toMatchObject({ name: 'shop', replaced: true, production: false });
    expect(written().contexts.shop).toEqual({ database: 'postgres://db2/app' });
  });

  it('of a password on the command line it says what is better, and prints it nowhere', async () => {
    for (const url of ['postgres://op:hunter2@db1/app', 'postgres://db1/app?user=op&password=hunter2']) {
      const ran = await add('shop', url, '--force');
      expect(ran.stderr).toMatch(/Warning: A password stands in the URL.*\.pgpass.*service/);
      expect(written().contexts.shop.database).toBe(url);
      for (const output of ['table', 'wide', 'json', 'csv', 'ndjson']) {
        const listed = await does(ContextList, ['--output', output], { tty: output === 'table' });
        expect(ran.stdout + ran.stderr + listed.stdout + listed.stderr).not.toContain('hunter2');
      }
      expect((await does(ContextRemove, ['shop'])).stdout).not.toContain('hunter2');
    }
  });

  it('makes paths whole, since they are read from other folders', async () => {
    await add('lab', 'sqlite:lab.db', '--server', './my.json:zone=UTC');
    expect(written().contexts.lab).toEqual({
      database: `sqlite:${join(process.cwd(), 'lab.db')}`,
      server: `${join(process.cwd(), 'my.json')}:zone=UTC`,
    });
  });

  it.each([
    ['a name with a blank', ['a b', '--database', 'embedded'], /"a b" is not a name/],
    ['a name that begins with a dot', ['.x', '--database', 'embedded'], /is not a name/],
    ['a name that is a prototype', ['__proto__', '--database', 'embedded'], /is not a name/],
    ['a name of control characters', ['\u001b[2J', '--database', 'embedded'], /"\\u001b\[2J" is not a name/],
    ['a name that is too long', ['a'.repeat(64), '--database', 'embedded'], /is not a name/],
    ['no database', ['x'], /Which database\?/],
    ['an empty one', ['x', '--database', ''], /--database is empty/],
    ['what is no URL', ['x', '--database', 'mysql://db/x'], /not of the form postgres/],
    ['a service that is not there', ['x', '--database', 'postgres:///?service=gone'], /There is no service "gone"/],
    [
      'a server without a value',
      ['x', '--database', 'embedded', '--server', 'laravel:zone'],
      /--server.*names no server/,
    ],
  ])('refuses %s, and writes nothing', async (_, argv, message) => {
    const ran = await does(ContextAdd, argv);
    expect(ran).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(message) });
    expect(existsSync(file())).toBe(false);
  });

  it.each([
    ['no JSON', '{', 0o600, /is not JSON/],
    ['readable by others', '{}', 0o644, /can be read by other users/],
    ['with a key that is not known', '{"contxts": {}}', 0o600, /There is no key "contxts"/],
  ])('leaves a file alone that is %s', async (_, text, mode, message) => {
    put(text, mode);
    expect(await add('shop', 'embedded')).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(message) });
    expect(readFileSync(file(), 'utf8')).toBe(text);
    expect(existsSync(`${file()}.new`)).toBe(false);
  });

  // nobody but root can make one
  it.runIf(process.getuid?.() === 0)(
    'makes nothing for root in the home of somebody else, nor changes a file there',
    async () => {
      chownSync(home, 65_534, 65_534);
      expect(await add('shop', 'embedded')).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('another user'),
      });
      expect(existsSync(join(home, '.config'))).toBe(false);
      chownSync(home, 0, 0);
      put('{}');
      chownSync(file(), 65_534, 65_534);
      expect(await add('shop', 'embedded')).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('another user'),
      });
    },
  );

  it('loses none of those that programs add at once', async () => {
    const names = Array.from({ length: 8 }, (_, n) => `shop${n}`);
    const program = join(import.meta.dirname, '..', '..', 'bin', 'dev.js');
    const adding = names.map((name) =>
      promisify(execFile)(process.execPath, [program, 'context', 'add', name, '--database', 'embedded'], {
        env: { ...env, PATH: process.env.PATH },
      }),
    );
    await Promise.all(adding);
    expect(Object.keys(written().contexts).sort()).toEqual(names);
  });

  it('waits for one that is in the middle of it, and builds on what that one has written', async () => {
    put('{}');
    writeFileSync(`${file()}.new`, '{"contexts": {"lab": {"database": "embedded"}}}', { mode: 0o600 });
    const adding = add('shop', 'embedded');
    renameSync(`${file()}.new`, file());
    expect(await adding).toMatchObject({ exitCode: 0 });
    expect(Object.keys(written().contexts)).toEqual(['lab', 'shop']);
  });

  it('leaves the file as it was when the change fails', async () => {
    put('{"context": "lab"}');
    await expect(
      changeConfig(env, () => {
        throw new Error('a bug');
      }),
    ).rejects.toThrow('Cannot write');
    expect(readConfig(env)).toEqual({ context: 'lab' });
    expect(existsSync(`${file()}.new`)).toBe(false);
  });
});

describe('context list', () => {
  it('shows contexts and services, which is current, and what is production', async () => {
    writeFileSync(join(home, '.pg_service.conf'), '[warehouse]\nhost=db3\n[a b]\nhost=db4\n[shop]\nhost=db5\n');
    await add('shop', 'postgres://op@db1/app', '--server', 'django', '--production');
    await does(ContextUse, ['shop']);
    const { json } = await does(ContextList, ['--json']);
    expect(json()).toEqual({
      schemaVersion: 1,
      nextCursor: null,
      contexts: [
        {
          name: 'shop',
          current: true,
          database: 'postgres://op@db1/app',
          server: 'django',
          production: true,
          file: file(),
        },
        {
          name: 'warehouse',
          current: false,
          database: 'postgres:///?service=warehouse',
          server: null,
          production: false,
          file: join(home, '.pg_service.conf'),
        },
      ],
    });
    const { stdout } = await does(ContextList, [], { tty: true, columns: 100 });
    expect(stdout).toMatch(/^CURRENT +NAME +DATABASE +SERVER +PRODUCTION/);
    expect(stdout).toMatch(/^\* +shop +postgres:\/\/op@db1\/app +django +yes/m);
    expect((await does(ContextList, ['--columns', 'name'])).stdout).toBe('shop\nwarehouse\n');
    expect((await does(ContextList, ['--output', 'count'])).stdout).toBe('2\n');
  });

  it('lets nothing that somebody has written into the file steer the terminal, and shows no URL that it cannot read', async () => {
    const evil = '\u001b]0;owned\u0007\u202e=cmd()';
    put(
      JSON.stringify({
        contexts: {
          a: { database: `postgres://db/${evil}`, server: evil },
          b: { database: 'postgres://op:hunter2/x@db/app' },
          c: { database: `sqlite:${evil}` },
        },
      }),
    );
    for (const output of ['table', 'wide', 'json', 'ndjson', 'csv']) {
      for (const tty of [true, false]) {
        const { stdout, stderr, exitCode } = await does(ContextList, ['--output', output], { tty, columns: 200 });
        expect(exitCode).toBe(0);
        expect(stdout + stderr).not.toMatch(/[\u001b\u0007\u202e]|hunter2/);
        expect(stdout).toContain('not a URL');
      }
    }
    const used = await run(null, SessionList, [], { env: { ...env, TOMO_SERVER: evil } });
    expect(used).toMatchObject({ exitCode: 2, stderr: expect.not.stringMatching(/[\u001b\u0007\u202e]/) });
  });

  it('says how to make one where there is none, and of a service file that cannot be read', async () => {
    expect((await does(ContextList, [])).stderr).toContain('tomo context add NAME');
    await add('shop', 'embedded');
    const ran = await does(ContextList, [], { env: { PGSERVICEFILE: join(home, 'gone') } });
    expect(ran).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('shop'),
      stderr: expect.stringContaining('gone'),
    });
  });
});

describe('context use and remove', () => {
  beforeEach(async () => {
    await add('shop', 'postgres://op@db1/app');
    await add('lab', 'embedded');
  });

  it('change which one is current', async () => {
    expect((await does(ContextUse, ['lab'])).stdout).toBe('The current context is lab.\n');
    expect((await does(ContextUse, ['shop', '--json'])).json()).toMatchObject({ context: 'shop', previous: 'lab' });
    expect(written().context).toBe('shop');
    expect((await does(ContextUse, ['--none'])).stdout).toBe('No context is current.\n');
    expect(written()).not.toHaveProperty('context');
  });

  it('say when a variable comes before it', async () => {
    const ran = await does(ContextUse, ['lab'], { env: { DATABASE_URL: 'postgres://db/x' } });
    expect(ran.stderr).toContain('DATABASE_URL is set and comes before it');
  });

  it('a service can be current, and cannot be removed', async () => {
    writeFileSync(join(home, '.pg_service.conf'), '[warehouse]\nhost=db3\n');
    expect((await does(ContextUse, ['warehouse'])).exitCode).toBe(0);
    expect(await does(ContextRemove, ['warehouse'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('is a service'),
    });
  });

  it('remove the current one, which is said', async () => {
    await does(ContextUse, ['shop']);
    expect((await does(ContextRemove, ['lab'])).stdout).toBe('Removed context lab: embedded\n');
    expect(written().context).toBe('shop');
    const ran = await does(ContextRemove, ['shop']);
    expect(ran.stdout).toMatch(/^Removed context shop: .*\nNo context is current any more\.\n$/);
    expect(written()).toEqual({ contexts: {} });
  });

  it.each([
    [ContextUse, ['shpo'], /no context "shpo".*\n.*Did you mean shop\?\nThere are: shop, lab\./s],
    [ContextRemove, ['shpo'], /Did you mean shop\?/],
    [ContextUse, [], /Which context\?/],
    [ContextUse, ['shop', '--none'], /do not go together/],
  ])('refuse what is not there: %#', async (command, argv, message) => {
    const before = readFileSync(file(), 'utf8');
    expect(await does(command, argv)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(message),
    });
    expect(readFileSync(file(), 'utf8')).toBe(before);
  });

  it('mend what names a context that is gone', async () => {
    put('{"contexts": {}, "context": "gone"}');
    expect((await does(ContextUse, ['--none'])).exitCode).toBe(0);
    expect(written()).toEqual({ contexts: {} });
  });
});
