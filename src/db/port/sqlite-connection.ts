import { createHash } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import { TOMO_SESSIONS } from '../session/tomo.ts';
import type { Transaction } from './database.ts';
import { sendable } from './failure.ts';
import { type SqliteMode, sqliteUrl } from './sqlite-file.ts';

/** Rows after which timers and signals get a turn. */
const ROWS_A_TURN = 500;

export function openConnection(Sqlite: typeof DatabaseSync, file: string, mode: SqliteMode): DatabaseSync {
  const db = new Sqlite(sqliteUrl(file, mode), {
    // as SQLite has it by itself: what a row takes with it is said by whoever deletes it
    enableForeignKeyConstraints: false,
    // a lock is waited for by asking again, so that this thread is not held
    timeout: 0,
  });
  // a function of ours is none of the file's; and a large change takes no lock before its commit, where it
  // can be waited for
  db.exec('pragma trusted_schema = off; pragma cache_spill = off');
  if (mode === 'look') db.exec('pragma query_only = on');
  const options = { deterministic: true, useBigIntArguments: true };
  db.function('sha256_hex', options, (value) =>
    value === null ? null : createHash('sha256').update(bytesOf(value)).digest('hex'),
  );
  db.function('in_network', { deterministic: true }, (address, network) =>
    typeof address === 'string' && typeof network === 'string' && lies(address, network) ? 1 : 0,
  );
  return db;
}

/** Whether an address, or what only looks like one, lies in "10.0.0.0/8" or is "10.0.0.1". */
function lies(address: string, network: string): boolean {
  const [first = '', length] = network.split('/');
  const family = isIP(first) === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(first, length === undefined ? (family === 'ipv4' ? 32 : 128) : Number(length), family);
  const version = isIP(address);
  return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

/** The statements of a transaction. `check` throws when no more may begin. */
export function statementsOn(db: DatabaseSync, check: () => void): Transaction {
  // SQLite runs in this thread: timers, Ctrl-C and the spinner get their turn between two statements,
  // and not within one
  const next = async () => {
    await turn();
    check();
  };
  const prepare = (sql: string): StatementSync => {
    const statement = db.prepare(sql);
    statement.setReadBigInts(true);
    return statement;
  };
  return {
    sessions: TOMO_SESSIONS,
    async query(sql, params = []) {
      await next();
      return prepare(sql).all(bound(params)).map(plain) as never;
    },
    async *lines(select, params = []) {
      await next();
      let rows = 0;
      for (const row of prepare(select).iterate(bound(params))) {
        yield String(Object.values(row)[0]);
        rows += 1;
        if (rows % ROWS_A_TURN === 0) await next();
      }
    },
    async script(sql) {
      await next();
      db.exec(sql);
    },
    begun: async () => {},
    last() {},
  };
}

/** `$1` and so on are names to SQLite. */
function bound(params: readonly unknown[]): Record<string, SQLInputValue> {
  return Object.fromEntries(sendable(params).map((value, index) => [`$${index + 1}`, inputOf(value)]));
}

function inputOf(value: unknown): SQLInputValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  // a number would be bound as a floating one, and read as 5.0 where it becomes text
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === 'bigint' || typeof value === 'string' || value instanceof Uint8Array) return value;
  if (value instanceof Date) return value.toISOString();
  return JSON.stringify(value);
}

/** What is too large for a number comes as text, as it does from PostgreSQL. */
function plain(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (typeof value !== 'bigint') return [name, value];
      const number = Number(value);
      return [name, Number.isSafeInteger(number) ? number : String(value)];
    }),
  );
}

function bytesOf(value: unknown): string | Uint8Array {
  return value instanceof Uint8Array ? value : String(value);
}
