import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lockDirectory } from '../../src/db/port/embedded-lock.ts';
import { openEmbedded } from '../../src/db/port/pglite.ts';
import { SCHEMA_VERSION } from '../../src/db/port/schema-version.ts';
import { schemaStatus } from '../../src/domain/schema/status.ts';
import { EVERYTHING } from '../support/extent.ts';
import { codeFrom } from './helpers.ts';

const HOLDER = join(import.meta.dirname, 'embedded-holder.ts');

describe('the embedded database', () => {
  let folder: string;
  let directory: string;
  let prepared: string;
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    prepared = mkdtempSync(join(tmpdir(), 'tomo-embedded-'));
    await (await openEmbedded(prepared)).close();
  });
  afterAll(() => rmSync(prepared, { recursive: true, force: true }));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tomo-embedded-'));
    directory = join(folder, 'data home', 'tomo', 'db');
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  /** Making one takes seconds, copying one does not. */
  const madeBefore = () => cpSync(prepared, directory, { recursive: true });

  /** A process that has the database open when this returns. */
  async function holder(): Promise<ChildProcess> {
    madeBefore();
    const child = spawn(process.execPath, [HOLDER, directory, 'hold'], { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    await once(child.stdout, 'data');
    return child;
  }

  it('is made at the first use, up to date, for nobody else to read', async () => {
    const db = await openEmbedded(directory);
    expect(await schemaStatus(db)).toMatchObject({
      state: 'current',
      version: SCHEMA_VERSION,
      embedded: true,
      location: directory,
    });
    await db.close();
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('closes a folder that others could read', async () => {
    madeBefore();
    chmodSync(directory, 0o755);
    const db = await openEmbedded(directory);
    await db.close();
    expect(statSync(directory).mode & 0o077).toBe(0);
  });

  it.runIf(process.getuid?.() === 0)(
    'is not opened by root in a folder of somebody else, whose mode stays',
    async () => {
      madeBefore();
      chmodSync(directory, 0o755);
      chownSync(directory, 65_534, 65_534);
      await expect(openEmbedded(directory)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
      expect(statSync(directory).mode & 0o777).toBe(0o755);
    },
  );

  it('writes through no link that lies in its folder', async () => {
    madeBefore();
    rmSync(join(directory, 'lock-holder'), { force: true });
    symlinkSync(join(folder, 'elsewhere'), join(directory, 'lock-holder'));
    await (await openEmbedded(directory)).close();
    expect(existsSync(join(folder, 'elsewhere'))).toBe(false);
  });

  it('keeps what was committed for the next one who opens it', async () => {
    madeBefore();
    const first = await openEmbedded(directory);
    await first.transaction({}, (tx) => tx.query(`insert into tomo.users (username) values ('alice')`));
    await expect(
      first.transaction({}, async (tx) => {
        await tx.query(`insert into tomo.users (username) values ('bob')`);
        throw new Error('undo');
      }),
    ).rejects.toThrow('undo');
    await first.close();
    const second = await openEmbedded(directory);
    expect(await second.query('select username from tomo.users')).toEqual([{ username: 'alice' }]);
    await second.close();
  });

  it('lets a second process wait for the first', async () => {
    const child = await holder();
    let opened = false;
    const waiting = openEmbedded(directory).then((db) => {
      opened = true;
      return db;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(opened).toBe(false);
    child.stdin?.end();
    const db = await waiting;
    expect(await db.query('select username from tomo.users')).toEqual([{ username: 'holder' }]);
    await db.close();
  });

  it('tells who has it open when that takes too long, and leaves it to that one', async () => {
    const child = await holder();
    await expect(openEmbedded(directory)).rejects.toMatchObject({
      code: 'DATABASE_BUSY',
      message: expect.stringContaining(`process ${child.pid}`),
      hint: expect.stringContaining('Wait'),
    });
    child.stdin?.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('is free again when its holder was killed, and what that one had committed is there', async () => {
    const child = await holder();
    child.kill('SIGKILL');
    await once(child, 'exit');
    const db = await openEmbedded(directory);
    expect(await db.query('select username from tomo.users')).toEqual([{ username: 'holder' }]);
    await db.close();
  });

  it('has the rows of every process that wrote in turn, when many start at once', async () => {
    madeBefore();
    const names = ['ann', 'ben', 'cat', 'dan'].slice(0, EVERYTHING ? 4 : 2);
    // in pairs, so that none waits longer than it may on a slow machine
    for (const pair of [names.slice(0, 2), names.slice(2)]) {
      const writers = pair.map((name) =>
        spawn(process.execPath, [HOLDER, directory, name], { stdio: ['ignore', 'ignore', 'inherit'] }),
      );
      children.push(...writers);
      for (const result of await Promise.all(writers.map((child) => once(child, 'exit'))))
        expect(result).toEqual([0, null]);
    }
    const db = await openEmbedded(directory);
    expect(await db.query('select username from tomo.users order by 1')).toEqual(
      names.map((username) => ({ username })),
    );
    await db.close();
  });

  it('can be opened once only, also by one process', async () => {
    madeBefore();
    const db = await openEmbedded(directory);
    expect(await codeFrom(lockDirectory(directory, 0))).toBe('DATABASE_BUSY');
    await db.close();
    (await lockDirectory(directory, 0))();
  });

  it('lets go of the lock when it cannot be opened', async () => {
    mkdirSync(join(directory, 'data'), { recursive: true });
    writeFileSync(join(directory, 'data', 'PG_VERSION'), 'not a database');
    await expect(openEmbedded(directory)).rejects.toThrow();
    (await lockDirectory(directory, 0))();
  });

  it('says so when the folder cannot be made', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(openEmbedded(join(folder, 'file', 'db'))).rejects.toMatchObject({
      name: 'TomoError',
      message: expect.stringContaining(join(folder, 'file')),
    });
  });

  it('is usable after a failed statement and a failed transaction', async () => {
    madeBefore();
    const db = await openEmbedded(directory);
    await expect(db.query('select 1 from nowhere')).rejects.toThrow();
    await expect(db.transaction({}, (tx) => tx.query('select 1/0'))).rejects.toThrow();
    expect(await db.query('select 1 as one')).toEqual([{ one: 1 }]);
    await db.close();
    expect(existsSync(join(directory, 'data'))).toBe(true);
    expect(readFileSync(join(directory, 'lock-holder'), 'utf8')).toContain(String(process.pid));
  });
});
