import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { TomoError } from '../../model/errors.ts';
import { TOMO_SESSIONS } from '../session/tomo.ts';
import { type Database, inTurn, type Transaction, type TransactionOptions } from './database.ts';
import { loadSqlite } from './load-sqlite.ts';
import { openConnection, statementsOn } from './sqlite-connection.ts';
import { cannotOpen, isBusy, translateSqlite } from './sqlite-failure.ts';
import { checkWritable, findFile, modeToRead, type SqliteMode, stampOf } from './sqlite-file.ts';

/** Milliseconds to wait for the lock of another program, and between two tries. */
const PATIENCE = 5000;
const PAUSE = 20;

/**
 * A database in a file of SQLite, which is never made. It is opened for each transaction: in between nothing is held,
 * and a file that was put in its place is seen. There is no limit to how long a statement takes (`statementTimeout`):
 * SQLite runs in this thread, and Node has no way to interrupt it.
 */
export async function openSqlite(path: string): Promise<Database> {
  const location = resolve(path);
  const Sqlite = loadSqlite();
  const queue = inTurn();
  const abandoned = new AbortController();
  const { signal } = abandoned;

  async function transaction<T>(options: TransactionOptions, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const patience = options.lockTimeout ?? PATIENCE;
    try {
      signal.throwIfAborted();
      const file = findFile(location);
      if (!options.anySchema) throw schemaMissing(file);
      return await (options.readOnly ? look(file, patience, work) : change(file, patience, work));
    } catch (error) {
      // it is rolled back, whatever fails
      throw translateSqlite(error, location, options.readOnly ? undefined : 'unchanged');
    }
  }

  async function look<T>(file: string, patience: number, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const mode = modeToRead(file);
    const before = stampOf(file);
    const begun = await begin(file, mode, patience).catch((error: unknown) => {
      // beside it nothing can be made; with a -wal that is there already its newest changes would be passed over
      if (mode === 'immutable' || !cannotOpen(error) || existsSync(`${file}-wal`)) throw error;
      return begin(file, 'immutable', patience);
    });
    const result = work(statementsOn(begun.db, () => signal.throwIfAborted()));
    await result.catch(() => {});
    begun.db.close();
    // an error of SQLite would only be its consequence
    if (begun.mode === 'immutable' && stampOf(file) !== before) throw changedMeanwhile(file);
    return result;
  }

  async function change<T>(file: string, patience: number, work: (tx: Transaction) => Promise<T>): Promise<T> {
    checkWritable(file);
    const { db } = await begin(file, 'rw', patience);
    try {
      const result = await work(statementsOn(db, () => signal.throwIfAborted()));
      await patiently(patience, () => db.exec('commit'));
      return result;
    } finally {
      // which undoes what is not committed
      db.close();
    }
  }

  async function begin(
    file: string,
    mode: SqliteMode,
    patience: number,
  ): Promise<{ db: DatabaseSync; mode: SqliteMode }> {
    const db = openConnection(Sqlite, file, mode);
    try {
      await patiently(patience, () => {
        if (!db.isTransaction) db.exec(mode === 'rw' ? 'begin immediate' : 'begin');
        // the snapshot is of the first look
        db.prepare('select 1 from sqlite_schema limit 1').get();
      });
      return { db, mode };
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /** Asks again while another program holds the lock, and lets everything else of this one go on. */
  async function patiently(patience: number, ask: () => void): Promise<void> {
    for (const end = Date.now() + patience; ; ) {
      try {
        return ask();
      } catch (error) {
        if (!isBusy(error) || Date.now() >= end) throw error;
      }
      await sleep(PAUSE);
      signal.throwIfAborted();
    }
  }

  const db: Database = {
    embedded: false,
    engine: 'sqlite',
    sessions: TOMO_SESSIONS,
    name: basename(location),
    location,
    standby: () => null,
    abandon: () => abandoned.abort(new TomoError('INTERRUPTED', 'Interrupted.')),
    query: (sql, params = []) =>
      queue(() => transaction({ readOnly: true, anySchema: true }, (tx) => tx.query(sql, params))),
    transaction: (options, work) => queue(() => transaction(options, work)),
    listen: async () => {
      throw new TomoError('DATABASE_UNUSABLE', `A SQLite database sends no notifications: ${location}.`);
    },
    close: () => queue(async () => {}),
  };
  await db.query('select 1');
  return db;
}

/** The schema `tomo` is one of PostgreSQL. */
function schemaMissing(file: string): TomoError {
  return new TomoError('SCHEMA_MISSING', `${file} is a SQLite database, so its sessions are those of another server.`, {
    reason: 'file-of-another-server',
  });
}

function changedMeanwhile(file: string): TomoError {
  return new TomoError('DATABASE_BUSY', `The SQLite database ${file} was changed while it was read without a lock.`, {
    hint: 'Its folder lets this user make no lock. Try again, or run it as the user of the server or as root.',
  });
}
