import { chmodSync, chownSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import ContextList from '../../src/commands/context/list.ts';
import ContextRemove from '../../src/commands/context/remove.ts';
import ContextUse from '../../src/commands/context/use.ts';
import Schedule from '../../src/commands/schedule.ts';
import { run } from '../support/run.ts';

describe('the config file of the machine', () => {
  let home: string;
  let system: string;
  beforeEach(() => {
    home = mkdtempSync(join(inject('scratch'), 'system-'));
    system = join(home, 'etc.json');
  });
  const put = (text: string, mode = 0o644) => {
    writeFileSync(system, text);
    chmodSync(system, mode);
  };
  const putOwn = (config: object) => {
    mkdirSync(join(home, '.config', 'tomo'), { recursive: true, mode: 0o700 });
    writeFileSync(join(home, '.config', 'tomo', 'config.json'), JSON.stringify(config), { mode: 0o600 });
  };
  const does = (command: Parameters<typeof run>[1], ...argv: string[]) =>
    run(null, command, argv, {
      env: { HOME: home, PGSYSCONFDIR: home, TOMO_DATABASE_URL: undefined, TOMO_SYSTEM_CONFIG: system },
    });
  const listed = async () => (await does(ContextList, '--columns', 'name,current,database,file')).stdout;

  it('may have comments, is said to be the place, and lies below the file of the user', async () => {
    put(`{
      // for all of us
      "contexts": { "shop": { "database": "postgres://db1/app" }, /* old */ "lab": { "database": "embedded" }, },
      "context": "shop",
    }`);
    expect(await listed()).toContain(`shop\ttrue\tpostgres://db1/app\t${system}\n`);
    const cron = await does(Schedule);
    expect(cron.stdout).toMatch(/NAME=value a line: TOMO_CONTEXT=shop\n(?!# The context is in)/);
    putOwn({ contexts: { lab: { database: 'postgres://db2/lab' } }, context: 'lab' });
    const own = join(home, '.config', 'tomo', 'config.json');
    expect(await listed()).toBe(`shop\tfalse\tpostgres://db1/app\t${system}\nlab\ttrue\tpostgres://db2/lab\t${own}\n`);
    // a user's database goes before the context of the machine
    putOwn({ database: 'postgres://db3/own' });
    expect(await listed()).toContain(`shop\tfalse\tpostgres://db1/app\t${system}\n`);
    expect((await does(Schedule)).stdout).toContain('NAME=value a line: TOMO_DATABASE_URL\n');
  });

  it('is changed by an editor alone', async () => {
    put(
      '{"contexts": {"shop": {"database": "postgres://db1/app"}, "lab": {"database": "embedded"}}, "context": "shop"}',
    );
    expect((await does(ContextUse, 'lab')).stdout).toBe('The current context is lab.\n');
    const none = await does(ContextUse, '--none');
    expect(none).toMatchObject({ stdout: 'The current context is shop.\n', stderr: expect.stringContaining(system) });
    expect(await does(ContextRemove, 'shop')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(system) });
  });

  it.each<[why: string, text: string, mode: number, message: RegExp | null]>([
    ['others may write to it', '{}', 0o666, /Others may write to the config file/],
    ['it is not JSON', '{"database"}', 0o644, /is not JSON/],
    ['it has no such key', '{"databse": "embedded"}', 0o644, /no key "databse"/],
    ['all can read a password', '{"database": "postgres://a:b@db/app"}', 0o644, /a password stands in it/],
    ['all can read one of mail', '{"smtpUrl": "smtp://a:b@mail"}', 0o644, /a password stands in it/],
    [
      'one that a group can read',
      '{"context": "shop", "contexts": {"shop": {"database": "postgres://a:b@d"}}}',
      0o640,
      null,
    ],
  ])('%s', async (_, text, mode, message) => {
    put(text, mode);
    const { exitCode, stderr } = await does(ContextList);
    expect(exitCode).toBe(message ? 2 : 0);
    if (message) expect(stderr).toMatch(message);
  });

  it.runIf(process.getuid?.() === 0)('is refused when it is of somebody else', async () => {
    put('{}');
    chownSync(system, 65_534, 65_534);
    expect(await does(ContextList)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('another user') });
  });
});
