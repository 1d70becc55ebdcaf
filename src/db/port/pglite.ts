import { join } from 'node:path';
import type { PGlite, PGliteOptions } from '@electric-sql/pglite';
import { TomoError } from '../../model/errors.ts';
import { appliedMigrations, migrate, pendingWork } from '../schema/migrate.ts';
import { TOMO_SESSIONS } from '../session/tomo.ts';
import { isOneFile, readAsset } from './assets.ts';
import { beginScript } from './begin.ts';
import { type Database, inTurn, read, type Transaction, type TransactionOptions } from './database.ts';
import { lockDirectory } from './embedded-lock.ts';
import { rowsOf, sendable, translateError } from './failure.ts';
import { makeFolder, makePrivateFolder } from './private-folder.ts';
import { checkSchema, type SchemaVersion } from './schema-version.ts';

/** Node has it, and its types do not. */
declare const WebAssembly: { compile: (bytes: Uint8Array) => Promise<object> };

/**
 * Opens, and on the first use makes, the embedded PostgreSQL in `directory` (0700), and brings its schema up to date.
 */
export async function openEmbedded(directory: string): Promise<Database> {
  makePrivate(directory);
  const unlock = await lockDirectory(directory);
  try {
    const { PGlite } = await import('@electric-sql/pglite');
    const engine = await PGlite.create(join(directory, 'data'), await engineParts());
    const db = fromPGlite(engine, directory, unlock);
    await bringUpToDate(db).catch(async (error: unknown) => {
      await engine.close();
      throw error;
    });
    return db;
  } catch (error) {
    unlock();
    throw error;
  }
}

/** What PGlite looks for beside its own files, where these are no files. */
async function engineParts(): Promise<PGliteOptions> {
  if (!isOneFile()) return {};
  const compiled = (name: string) => WebAssembly.compile(readAsset(`chunks/${name}`));
  const [pgliteWasmModule, initdbWasmModule] = await Promise.all([compiled('pglite.wasm'), compiled('initdb.wasm')]);
  const fsBundle = new Blob([readAsset('chunks/pglite.data')]);
  return { pgliteWasmModule, initdbWasmModule, fsBundle };
}

/** Wraps an open PGlite. `release` runs when it is closed. */
export function fromPGlite(engine: PGlite, location: string, release: () => void = () => {}): Database {
  const queue = inTurn();
  const db: Database = {
    embedded: true,
    engine: 'postgres',
    sessions: TOMO_SESSIONS,
    name: 'tomo',
    location,
    standby: () => null,
    // it runs in this process, and Ctrl-C ends both
    abandon: () => {},
    query: (sql, params = []) => queue(() => rowsOf(engine, location, sql, params)),
    transaction: (options, work) => queue(() => transaction(options, work)),
    async listen(channel, { notified }) {
      const stop = await queue(() => engine.listen(channel, notified));
      return { check: async () => {}, close: () => queue(stop) };
    },
    async close() {
      await engine.close();
      release();
    },
  };
  async function transaction<T>(options: TransactionOptions, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const tx: Transaction = {
      sessions: TOMO_SESSIONS,
      query: async (sql, params = []) => (await engine.query(sql, sendable(params))).rows as never,
      // the engine runs in this process, so its result is in memory anyway
      async *lines(select, params = []) {
        const { rows } = await engine.query<Record<string, string>>(select, sendable(params));
        for (const row of rows) yield String(Object.values(row)[0]);
      },
      script: async (sql) => void (await engine.exec(sql)),
      begun: async () => {},
      last: () => {},
    };
    // the engine never lets go of this thread by itself, and timers, Ctrl-C and the spinner need a turn
    await new Promise((resolve) => setImmediate(resolve));
    try {
      const results = await engine.exec(beginScript(options));
      const schema = results.at(-1)?.rows[0] as SchemaVersion | undefined;
      if (!options.anySchema) checkSchema(schema);
      const result = await work(tx);
      await engine.exec('commit');
      return result;
    } catch (error) {
      // one connection: a failed transaction that stays open would poison everything after it
      await engine.exec('rollback').catch(() => {});
      throw translateError(error, location);
    }
  }
  return db;
}

async function bringUpToDate(db: Database): Promise<void> {
  const pending = await read(db, async (tx) => pendingWork(tx, await appliedMigrations(tx)), { anySchema: true });
  if (pending.length > 0) await migrate(db);
}

function makePrivate(directory: string): void {
  try {
    if (!makePrivateFolder(directory)) {
      throw new TomoError('PERMISSION_DENIED', `The embedded database folder ${directory} belongs to another user.`, {
        hint: 'Set XDG_DATA_HOME to a folder of your own.',
      });
    }
    makeFolder(join(directory, 'data'));
  } catch (cause) {
    if (cause instanceof TomoError) throw cause;
    throw new TomoError(
      'DATABASE_UNREACHABLE',
      `Cannot make the folder of the embedded database, ${directory}: ${String(cause)}`,
      { hint: 'Set XDG_DATA_HOME to a folder that can be written.', cause },
    );
  }
}
