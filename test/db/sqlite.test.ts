import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { read as readAs } from '../../src/db/port/database.ts';
import { openDatabase } from '../../src/db/port/open.ts';
import { openSqlite } from '../../src/db/port/sqlite.ts';
import { TomoError } from '../../src/model/errors.ts';
import { add, failure, read, SqliteFile, texts, write } from './sqlite-files.ts';

const file = new SqliteFile();

describe.each(['wal', 'delete'] as const)('a SQLite database with the journal "%s"', (mode) => {
  it('is read and changed; what fails is undone, and nothing is left beside it', async () => {
    file.make(mode);
    const db = await openDatabase({ kind: 'sqlite', path: file.path });
    expect(db).toMatchObject({ name: 'app.db', location: file.path, embedded: false });
    expect(await add(db, 'three')).toEqual([{ id: 3 }]);
    const failed = write(db, async (tx) => {
      await tx.query('delete from notes');
      throw new Error('after all');
    });
    await expect(failed).rejects.toThrow('after all');
    expect(await texts(db)).toEqual(['one', 'two', 'three']);
    await add(db, 'four');
    await db.close();
    expect(readdirSync(file.folder)).toEqual(['app.db']);
  });

  it('is not written by a look', async () => {
    file.make(mode);
    const before = readFileSync(file.path);
    const db = await openSqlite(file.path);
    await texts(db);
    expect(readdirSync(file.folder)).toEqual(['app.db']);
    expect((await failure(read(db, (tx) => tx.query('delete from notes')))).code).toBe('DATABASE_READ_ONLY');
    expect((await failure(db.query('delete from notes'))).code).toBe('DATABASE_READ_ONLY');
    expect(readFileSync(file.path).equals(before)).toBe(true);
  });

  it('waits for another writer, while this program goes on', async () => {
    file.make(mode);
    const db = await openSqlite(file.path);
    const other = await file.another("begin immediate; insert into notes (text) values ('theirs')");
    const change = add(db, 'ours');
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 10);
    await expect.poll(() => turns).toBeGreaterThan(10);
    clearInterval(timer);
    await other.end('commit');
    await change;
    expect(await texts(db)).toEqual(['one', 'two', 'theirs', 'ours']);
  });

  it('is too busy when the other writer does not end, and unchanged', async () => {
    file.make(mode);
    const db = await openSqlite(file.path);
    await file.another('begin exclusive');
    const error = await failure(write(db, (tx) => tx.query('delete from notes'), { lockTimeout: 100 }));
    expect(error).toMatchObject({ code: 'DATABASE_BUSY', message: expect.stringContaining(file.path) });
  });

  it('lets others write between two looks, and shows it', async () => {
    file.make(mode);
    const db = await openSqlite(file.path);
    await texts(db);
    const other = await file.another("insert into notes (text) values ('theirs')");
    expect(await texts(db)).toEqual(['one', 'two', 'theirs']);
    await other.end();
  });
});

describe('a SQLite database', () => {
  it('is one snapshot within a look', async () => {
    file.make();
    const db = await openSqlite(file.path);
    await read(db, async (tx) => {
      const other = await file.another("insert into notes (text) values ('theirs')");
      expect(await tx.query('select count(*) as n from notes')).toEqual([{ n: 2 }]);
      await other.end();
    });
    expect(await texts(db)).toHaveLength(3);
  });

  it('is seen anew when another file was put in its place', async () => {
    file.make();
    const db = await openSqlite(file.path);
    await add(db, 'three');
    const other = join(file.folder, 'other.db');
    file.make('wal', other);
    renameSync(other, file.path);
    expect(await texts(db)).toEqual(['one', 'two']);
  });

  it('has a name of whatever characters', async () => {
    const path = join(file.folder, 'a b?mode=memory#%41.db');
    file.make('wal', path);
    expect(await texts(await openSqlite(path))).toEqual(['one', 'two']);
    expect(await failure(openSqlite(`${path}?`))).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
  });

  it('takes and gives values as PostgreSQL does', async () => {
    file.make();
    const db = await openSqlite(file.path);
    const [row] = await db.query(
      `select $1 as yes, $2 as number, $2 || '' as text, $3 as date, (select count(*) from json_each($4)) as items,
              $5 as large, $6 as missing, $7 as fraction, $10 as tenth, $1 as again, $8 as eighth, $9 as object`,
      [true, 5, new Date(0), ['a', 'b'], 2n ** 60n, undefined, 0.5, 8, { a: 1 }, 'ten'],
    );
    expect(row).toEqual({
      yes: 1,
      number: 5,
      text: '5',
      date: '1970-01-01T00:00:00.000Z',
      items: 2,
      large: '1152921504606846976',
      missing: null,
      fraction: 0.5,
      tenth: 'ten',
      again: 1,
      eighth: 8,
      object: '{"a":1}',
    });
    expect((await failure(db.query('select $1', ['a\0b']))).code).toBe('INVALID_INPUT');
    expect(
      await db.query(
        "select sha256_hex('abc') as text, sha256_hex(12) = sha256_hex('12') as number, sha256_hex(null) as none",
      ),
    ).toEqual([{ text: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', number: 1, none: null }]);
  });

  it('streams lines, and lets timers have their turn', async () => {
    file.make();
    const db = await openSqlite(file.path);
    const select = 'with recursive n (i) as (select 1 union all select i + 1 from n where i < $1) select i from n';
    let [turns, lines, last] = [0, 0, ''];
    const timer = setInterval(() => (turns += 1), 1);
    await read(db, async (tx) => {
      for await (const line of tx.lines(select, [50_000])) [lines, last] = [lines + 1, line];
    });
    clearInterval(timer);
    expect([lines, last]).toEqual([50_000, '50000']);
    expect(turns).toBeGreaterThan(3);
  });

  it('runs a script', async () => {
    file.make();
    const db = await openSqlite(file.path);
    await write(db, (tx) => tx.script("delete from notes; insert into notes (text) values ('x;y')"));
    expect(await texts(db)).toEqual(['x;y']);
  });

  it('lets nothing more begin when it is abandoned, and undoes what runs', async () => {
    file.make();
    const db = await openSqlite(file.path);
    const change = write(db, async (tx) => {
      await tx.query('delete from notes');
      db.abandon();
      await tx.query('delete from notes');
    });
    expect((await failure(change)).code).toBe('INTERRUPTED');
    expect((await failure(texts(db))).code).toBe('INTERRUPTED');
    expect(await texts(await openSqlite(file.path))).toEqual(['one', 'two']);
  });

  it('ends its wait for a lock when it is abandoned', async () => {
    file.make();
    const db = await openSqlite(file.path);
    await file.another('begin immediate');
    const change = failure(write(db, async () => {}, { lockTimeout: 3_600_000 }));
    setImmediate(() => db.abandon());
    expect((await change).code).toBe('INTERRUPTED');
  });

  it('hears Ctrl-C between two statements', async () => {
    file.make();
    const db = await openSqlite(file.path);
    const interrupt = () => db.abandon();
    process.on('SIGINT', interrupt);
    const change = write(db, async (tx) => {
      for (let first = true; ; first = false) {
        await tx.query('update notes set text = $1', ['theirs']);
        if (first) process.kill(process.pid, 'SIGINT');
      }
    });
    expect((await failure(change)).code).toBe('INTERRUPTED');
    process.off('SIGINT', interrupt);
    expect(await texts(await openSqlite(file.path))).toEqual(['one', 'two']);
  });

  it('has room for no more, and is unchanged', async () => {
    file.make();
    const db = await openSqlite(file.path);
    const change = write(db, async (tx) => {
      await tx.script('pragma max_page_count = 3');
      await tx.query('insert into notes (text) values ($1)', ['x'.repeat(100_000)]);
    });
    expect(await failure(change)).toMatchObject({
      code: 'DATABASE_UNUSABLE',
      message: expect.stringContaining('no room'),
    });
    expect(await texts(db)).toEqual(['one', 'two']);
  });

  it('has no schema of ours', async () => {
    file.make();
    const db = await openSqlite(file.path);
    expect(await failure(readAs(db, (tx) => tx.query('select 1')))).toMatchObject({ code: 'SCHEMA_MISSING' });
  });

  it('has no notifications', async () => {
    file.make();
    const db = await openSqlite(file.path);
    await failure(db.listen('x', { notified: () => {}, lost: () => {} }));
  });

  it('says what is refused, and what is not there', async () => {
    file.make();
    const db = await openSqlite(file.path);
    expect(await failure(add(db, 'bad'))).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining("CHECK constraint failed: text <> 'bad'"),
    });
    for (const sql of ['select 1 from absent', 'select absent from notes']) {
      expect(await failure(db.query(sql))).toMatchObject({
        code: 'DATABASE_UNUSABLE',
        message: expect.stringContaining('absent'),
      });
    }
    await expect(db.query('selec')).rejects.not.toBeInstanceOf(TomoError);
  });

  it('is rolled back by the next change when a program died in one', async () => {
    file.make('delete');
    const program = `const { DatabaseSync } = require('node:sqlite');
      const db = new DatabaseSync(${JSON.stringify(file.path)});
      db.exec('pragma cache_size = 2; pragma synchronous = off; begin');
      for (let i = 0; i < 2000; i += 1) db.exec("insert into notes (text) values (hex(randomblob(200)))");
      process.kill(process.pid, 'SIGKILL');`;
    const child = spawn(process.execPath, ['-e', program], { stdio: 'ignore' });
    await once(child, 'exit');
    expect(existsSync(`${file.path}-journal`)).toBe(true);
    expect(await failure(openSqlite(file.path))).toMatchObject({ code: 'DATABASE_UNUSABLE' });
    const server = new DatabaseSync(file.path);
    server.exec("insert into notes (text) values ('three')");
    server.close();
    expect(await texts(await openSqlite(file.path))).toEqual(['one', 'two', 'three']);
  });

  it('says nothing about experiments, and loses no other warning', async () => {
    file.make();
    const module = (path: string) => JSON.stringify(join(import.meta.dirname, '../../src/db/port', path));
    const program = `const { openSqlite } = await import(${module('sqlite.ts')});
      await openSqlite(${JSON.stringify(file.path)});
      process.emitWarning('mind this', 'ExperimentalWarning');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (text) => (stderr += text));
    await once(child, 'close');
    expect(stderr).toContain('mind this');
    expect(stderr).not.toContain('SQLite');
  });
});

describe('what is no SQLite database', () => {
  it('is not made when it is missing', async () => {
    expect(await failure(openSqlite(file.path))).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining(file.path),
    });
    expect(readdirSync(file.folder)).toEqual([]);
  });

  it('is a folder', async () => {
    const error = await failure(openSqlite(file.folder));
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE', message: expect.stringContaining('a folder') });
  });

  it('is another file', async () => {
    writeFileSync(file.path, 'these are no pages of a database; '.repeat(100));
    expect((await failure(openSqlite(file.path))).code).toBe('DATABASE_UNREACHABLE');
  });

  it('is the beginning of one', async () => {
    file.make();
    const db = await openSqlite(file.path);
    await write(db, async (tx) => {
      for (let i = 0; i < 200; i += 1) await tx.query('insert into notes (text) values ($1)', ['x'.repeat(500)]);
    });
    truncateSync(file.path, 20_000);
    expect((await failure(texts(db))).code).toBe('DATABASE_UNUSABLE');
  });
});

describe.runIf(process.getuid?.() !== 0)('a SQLite database that is read-only', () => {
  it('is listed, and not changed', async () => {
    file.make();
    chmodSync(file.path, 0o444);
    const db = await openSqlite(file.path);
    expect(await texts(db)).toEqual(['one', 'two']);
    expect((await failure(add(db, 'three'))).code).toBe('DATABASE_READ_ONLY');
  });
});
