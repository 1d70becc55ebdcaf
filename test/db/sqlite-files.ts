import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect } from 'vitest';
import {
  type Database,
  read as readAs,
  type Transaction,
  type TransactionOptions,
  write as writeAs,
} from '../../src/db/port/database.ts';
import { TomoError } from '../../src/model/errors.ts';

export const read = <T>(db: Database, work: (tx: Transaction) => Promise<T>) => readAs(db, work, { anySchema: true });
export const write = <T>(db: Database, work: (tx: Transaction) => Promise<T>, options: TransactionOptions = {}) =>
  writeAs(db, work, { anySchema: true, ...options });

export const texts = (db: Database) =>
  read(db, async (tx) => (await tx.query<{ text: string }>('select text from notes order by id')).map((r) => r.text));
export const add = (db: Database, text: string) =>
  write(db, (tx) => tx.query<{ id: number }>('insert into notes (text) values ($1) returning id', [text]));

export async function failure(work: Promise<unknown>): Promise<TomoError> {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(TomoError);
  return error as TomoError;
}

/** A path in a folder of its own for each test, and programs that have the file open. */
export class SqliteFile {
  folder = '';
  path = '';
  readonly #children: ChildProcess[] = [];

  constructor() {
    beforeEach(() => {
      this.folder = mkdtempSync(join(tmpdir(), 'tomo-sqlite-'));
      this.path = join(this.folder, 'app.db');
    });
    afterEach(async () => {
      await this.killAll();
      rmSync(this.folder, { recursive: true });
    });
  }

  /** Makes the database, with two notes. */
  make(mode: 'wal' | 'delete' = 'wal', path = this.path): void {
    const db = new DatabaseSync(path);
    db.exec(`pragma journal_mode = ${mode};
      create table notes (id integer primary key, text text not null check (text <> 'bad'));
      insert into notes (text) values ('one'), ('two')`);
    db.close();
  }

  /** Another program that has the file open, has done this, and stays until it is told to end. */
  async another(script: string): Promise<{ end: (then?: string) => Promise<void> }> {
    const program = `const { DatabaseSync } = require('node:sqlite');
      const db = new DatabaseSync(${JSON.stringify(this.path)});
      db.exec(${JSON.stringify(script)});
      process.stdout.write('ready');
      process.stdin.once('data', (text) => { if (text.length > 1) db.exec(String(text)); db.close(); process.exit(); });`;
    const child = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'ignore'] });
    this.#children.push(child);
    await once(child.stdout, 'data');
    return {
      async end(then = ' ') {
        child.stdin.write(then);
        await once(child, 'exit');
      },
    };
  }

  /** As a crash does. */
  async killAll(): Promise<void> {
    for (const child of this.#children.splice(0)) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
  }
}
