import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Database,
  read as readAs,
  type Transaction,
  type TransactionOptions,
  write as writeAs,
} from '../../src/db/port/database.ts';
import { openDatabase } from '../../src/db/port/open.ts';
import { openSqlite } from '../../src/db/port/sqlite.ts';
import { TomoError } from '../../src/model/errors.ts';

const read = <T>(db: Database, work: (tx: Transaction) => Promise<T>) => readAs(db, work, { anySchema: true });
const write = <T>(db: Database, work: (tx: Transaction) => Promise<T>, options: TransactionOptions = {}) =>
  writeAs(db, work, { anySchema: true, ...options });

const isRoot = process.getuid?.() === 0;
const STRANGER = 54_321;

let folder: string;
let file: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tomo-sqlite-'));
  file = join(folder, 'app.db');
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  rmSync(folder, { recursive: true });
});

function make(mode: 'wal' | 'delete' = 'wal'): void {
  const db = new DatabaseSync(file);
  db.exec(`pragma journal_mode = ${mode};
    create table notes (id integer primary key, text text not null check (text <> 'bad'));
    insert into notes (text) values ('one'), ('two')`);
  db.close();
}

/** Another program that has the file open, has done this, and stays until it is told to end. */
async function another(script: string): Promise<{ end: (then?: string) => Promise<void> }> {
  const program = `const { DatabaseSync } = require('node:sqlite');
    const db = new DatabaseSync(${JSON.stringify(file)});
    db.exec(${JSON.stringify(script)});
    process.stdout.write('ready');
    process.stdin.once('data', (text) => { if (text.length > 1) db.exec(String(text)); db.close(); process.exit(); });`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'ignore'] });
  children.push(child);
  await once(child.stdout, 'data');
  return {
    async end(then = ' ') {
      child.stdin.write(then);
      await once(child, 'exit');
    },
  };
}

const texts = (db: Database) =>
  read(db, async (tx) => (await tx.query<{ text: string }>('select text from notes order by id')).map((r) => r.text));
const add = (db: Database, text: string) =>
  write(db, (tx) => tx.query<{ id: number }>('insert into notes (text) values ($1) returning id', [text]));

async function failure(work: Promise<unknown>): Promise<TomoError> {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(TomoError);
  return error as TomoError;
}

describe.each(['wal', 'delete'] as const)('a SQLite database with the journal "%s"', (mode) => {
  it('is read and changed; what fails is undone, and nothing is left beside it', async () => {
    make(mode);
    const db = await openDatabase({ kind: 'sqlite', path: file });
    expect(db).toMatchObject({ name: 'app.db', location: file, embedded: false });
    expect(await add(db, 'three')).toEqual([{ id: 3 }]);
    const failed = write(db, async (tx) => {
      await tx.query('delete from notes');
      throw new Error('after all');
    });
    await expect(failed).rejects.toThrow('after all');
    expect(await texts(db)).toEqual(['one', 'two', 'three']);
    await add(db, 'four');
    await db.close();
    expect(readdirSync(folder)).toEqual(['app.db']);
  });

  it('is not written by a look', async () => {
    make(mode);
    const before = readFileSync(file);
    const db = await openSqlite(file);
    await texts(db);
    expect(readdirSync(folder)).toEqual(['app.db']);
    expect((await failure(read(db, (tx) => tx.query('delete from notes')))).code).toBe('DATABASE_READ_ONLY');
    expect((await failure(db.query('delete from notes'))).code).toBe('DATABASE_READ_ONLY');
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('waits for another writer, while this program goes on', async () => {
    make(mode);
    const db = await openSqlite(file);
    const other = await another("begin immediate; insert into notes (text) values ('theirs')");
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
    make(mode);
    const db = await openSqlite(file);
    await another('begin exclusive');
    const error = await failure(write(db, (tx) => tx.query('delete from notes'), { lockTimeout: 100 }));
    expect(error).toMatchObject({ code: 'DATABASE_BUSY', message: expect.stringContaining(file) });
  });

  it('lets others write between two looks, and shows it', async () => {
    make(mode);
    const db = await openSqlite(file);
    await texts(db);
    const other = await another("insert into notes (text) values ('theirs')");
    expect(await texts(db)).toEqual(['one', 'two', 'theirs']);
    await other.end();
  });
});

describe('a SQLite database', () => {
  it('is one snapshot within a look', async () => {
    make();
    const db = await openSqlite(file);
    await read(db, async (tx) => {
      const other = await another("insert into notes (text) values ('theirs')");
      expect(await tx.query('select count(*) as n from notes')).toEqual([{ n: 2 }]);
      await other.end();
    });
    expect(await texts(db)).toHaveLength(3);
  });

  it('is seen anew when another file was put in its place', async () => {
    make();
    const db = await openSqlite(file);
    await add(db, 'three');
    const [path, kept] = [file, join(folder, 'new.db')];
    file = kept;
    make();
    renameSync(kept, path);
    expect(await texts(db)).toEqual(['one', 'two']);
  });

  it('takes and gives values as PostgreSQL does', async () => {
    make();
    const db = await openSqlite(file);
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
    make();
    const db = await openSqlite(file);
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
    make();
    const db = await openSqlite(file);
    await write(db, (tx) => tx.script("delete from notes; insert into notes (text) values ('x;y')"));
    expect(await texts(db)).toEqual(['x;y']);
  });

  it('lets nothing more begin when it is abandoned, and undoes what runs', async () => {
    make();
    const db = await openSqlite(file);
    const change = write(db, async (tx) => {
      await tx.query('delete from notes');
      db.abandon();
      await tx.query('delete from notes');
    });
    expect((await failure(change)).code).toBe('INTERRUPTED');
    expect((await failure(texts(db))).code).toBe('INTERRUPTED');
    expect(await texts(await openSqlite(file))).toEqual(['one', 'two']);
  });

  it('ends its wait for a lock when it is abandoned', async () => {
    make();
    const db = await openSqlite(file);
    await another('begin immediate');
    const change = failure(write(db, async () => {}, { lockTimeout: 3_600_000 }));
    setImmediate(() => db.abandon());
    expect((await change).code).toBe('INTERRUPTED');
  });

  it('hears Ctrl-C between two statements', async () => {
    make();
    const db = await openSqlite(file);
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
    expect(await texts(await openSqlite(file))).toEqual(['one', 'two']);
  });

  it('has room for no more, and is unchanged', async () => {
    make();
    const db = await openSqlite(file);
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
    make();
    const db = await openSqlite(file);
    expect(await failure(readAs(db, (tx) => tx.query('select 1')))).toMatchObject({ code: 'SCHEMA_MISSING' });
  });

  it('has no notifications', async () => {
    make();
    const db = await openSqlite(file);
    await failure(db.listen('x', { notified: () => {}, lost: () => {} }));
  });

  it('says what is refused, and what is not there', async () => {
    make();
    const db = await openSqlite(file);
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
    make('delete');
    const program = `const { DatabaseSync } = require('node:sqlite');
      const db = new DatabaseSync(${JSON.stringify(file)});
      db.exec('pragma cache_size = 2; pragma synchronous = off; begin');
      for (let i = 0; i < 2000; i += 1) db.exec("insert into notes (text) values (hex(randomblob(200)))");
      process.kill(process.pid, 'SIGKILL');`;
    const child = spawn(process.execPath, ['-e', program], { stdio: 'ignore' });
    await once(child, 'exit');
    expect(existsSync(`${file}-journal`)).toBe(true);
    expect(await failure(openSqlite(file))).toMatchObject({ code: 'DATABASE_UNUSABLE' });
    const server = new DatabaseSync(file);
    server.exec("insert into notes (text) values ('three')");
    server.close();
    expect(await texts(await openSqlite(file))).toEqual(['one', 'two', 'three']);
  });

  it('says nothing about experiments, and loses no other warning', async () => {
    make();
    const module = (path: string) => JSON.stringify(join(import.meta.dirname, '../../src/db/port', path));
    const program = `const { openSqlite } = await import(${module('sqlite.ts')});
      await openSqlite(${JSON.stringify(file)});
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
    expect(await failure(openSqlite(file))).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining(file),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is a folder', async () => {
    const error = await failure(openSqlite(folder));
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE', message: expect.stringContaining('a folder') });
  });

  it('is another file', async () => {
    writeFileSync(file, 'these are no pages of a database; '.repeat(100));
    expect((await failure(openSqlite(file))).code).toBe('DATABASE_UNREACHABLE');
  });

  it('is the beginning of one', async () => {
    make();
    const db = await openSqlite(file);
    await write(db, async (tx) => {
      for (let i = 0; i < 200; i += 1) await tx.query('insert into notes (text) values ($1)', ['x'.repeat(500)]);
    });
    truncateSync(file, 20_000);
    expect((await failure(texts(db))).code).toBe('DATABASE_UNUSABLE');
  });
});

/** Reads or writes as a user who is neither root nor the owner; `meanwhile`: while it reads. */
async function asStranger(
  what: 'read' | 'write',
  { meanwhile, ...user }: { uid?: number; gid?: number; meanwhile?: () => void } = {},
): Promise<string> {
  const program = [join(import.meta.dirname, 'sqlite-user.ts'), file, meanwhile ? 'wait' : what];
  const child = spawn(process.execPath, program, {
    stdio: ['pipe', 'pipe', 'inherit'],
    uid: STRANGER,
    gid: STRANGER,
    ...user,
  });
  let out = '';
  child.stdout.on('data', (text) => (out += text));
  if (meanwhile) {
    await once(child.stdout, 'data');
    meanwhile();
    child.stdin.write('go on');
  }
  await once(child, 'close');
  return out;
}

describe.runIf(isRoot)('a SQLite database of another user', () => {
  const OWNER = 12_345;

  function give(mode: number, folderMode: number, journal: 'wal' | 'delete' = 'wal'): void {
    make(journal);
    for (const path of [file, folder]) chownSync(path, OWNER, OWNER);
    chmodSync(file, mode);
    chmodSync(folder, folderMode);
  }

  it('is changed by root, and what stands beside it stays its owner’s', async () => {
    give(0o640, 0o750);
    const db = await openSqlite(file);
    await write(db, async (tx) => {
      await tx.query("insert into notes (text) values ('three')");
      const beside = readdirSync(folder).map((name) => statSync(join(folder, name)));
      expect(beside.map(({ uid, gid, mode }) => [uid, gid, mode & 0o777])).toEqual(
        Array(3).fill([OWNER, OWNER, 0o640]),
      );
    });
    expect(await asStranger('write', { uid: OWNER, gid: OWNER })).toBe('one,two,three,theirs');
  });

  it('stays usable to its owner after root has only looked', async () => {
    give(0o600, 0o700);
    expect(await texts(await openSqlite(file))).toEqual(['one', 'two']);
    expect(readdirSync(folder)).toEqual(['app.db']);
    expect(await asStranger('write', { uid: OWNER, gid: OWNER })).toBe('one,two,theirs');
  });

  it('is closed to who may not read it, or not come near it', async () => {
    give(0o600, 0o755);
    expect(await asStranger('read')).toBe('PERMISSION_DENIED');
    chmodSync(file, 0o666);
    chmodSync(folder, 0o700);
    expect(await asStranger('read')).toBe('PERMISSION_DENIED');
  });

  it.each(['wal', 'delete'] as const)(
    'is listed where nothing can be made beside it, and not changed (%s)',
    async (journal) => {
      give(0o644, 0o755, journal);
      expect(await asStranger('read')).toBe('one,two');
      expect(await asStranger('write')).toBe('DATABASE_READ_ONLY');
      chmodSync(file, 0o666);
      expect(await asStranger('write')).toBe('PERMISSION_DENIED');
      expect(readdirSync(folder)).toEqual(['app.db']);
    },
  );

  it('says so when it was changed while it was read without a lock', async () => {
    give(0o644, 0o755);
    expect(await asStranger('read', { meanwhile: () => {} })).toBe('reading one,two');
    const meanwhile = () => {
      const server = new DatabaseSync(file);
      server.exec("insert into notes (text) values ('three')");
      server.close();
    };
    expect(await asStranger('read', { meanwhile })).toBe('reading DATABASE_BUSY');
    expect(await asStranger('read')).toBe('one,two,three');
  });

  it('is listed by its owner who has made it read-only, and not changed', async () => {
    give(0o444, 0o755);
    const owner = { uid: OWNER, gid: OWNER };
    expect(await asStranger('read', owner)).toBe('one,two');
    expect(await asStranger('write', owner)).toBe('DATABASE_READ_ONLY');
    expect(readdirSync(folder)).toEqual(['app.db']);
  });

  it('is listed with what its server has written and not moved into the file yet', async () => {
    give(0o644, 0o755);
    const other = await another("insert into notes (text) values ('three')");
    expect(await asStranger('read')).toBe('one,two,three');
    await other.end();
  });

  it('is not read without the newest changes, where these cannot be read', async () => {
    give(0o644, 0o755);
    await another("insert into notes (text) values ('three')");
    children.at(-1)?.kill('SIGKILL');
    rmSync(`${file}-shm`);
    expect(await asStranger('read')).toBe('PERMISSION_DENIED');
    // it could be made, but its owner could not write it
    chmodSync(folder, 0o777);
    expect(await asStranger('read')).toBe('PERMISSION_DENIED');
    expect(existsSync(`${file}-shm`)).toBe(false);
  });

  it('is changed by who may, where its owner can go on, and only there', async () => {
    give(0o660, 0o770);
    expect(await asStranger('write', { gid: OWNER })).toBe('one,two,theirs');
    expect(await asStranger('write', { uid: OWNER, gid: OWNER })).toBe('one,two,theirs,theirs');
    chmodSync(file, 0o664);
    chmodSync(folder, 0o777);
    const before = readdirSync(folder);
    expect(await asStranger('read')).toBe('one,two,theirs,theirs');
    expect(await asStranger('write')).toBe('DATABASE_READ_ONLY');
    expect(readdirSync(folder)).toEqual(before);
  });

  it('of which a group of ours may write only the file, does not lock out its owner', async () => {
    give(0o660, 0o777);
    // in its group, but with another one first: what would be made belonged to that
    chownSync(folder, OWNER, STRANGER);
    mkdirSync(join(folder, 'other'));
    expect(await asStranger('write')).toBe('PERMISSION_DENIED');
  });
});

describe.runIf(!isRoot)('a SQLite database that is read-only', () => {
  it('is listed, and not changed', async () => {
    make();
    chmodSync(file, 0o444);
    const db = await openSqlite(file);
    expect(await texts(db)).toEqual(['one', 'two']);
    expect((await failure(add(db, 'three'))).code).toBe('DATABASE_READ_ONLY');
  });
});
