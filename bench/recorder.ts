import pg from 'pg';
import type { Database, Transaction } from '../src/db/port/database.ts';

/** A statement that the program has run. `script`: several without parameters, such as settings. */
export interface Recorded {
  kind: 'query' | 'script' | 'lines';
  sql: string;
  params: readonly unknown[];
}

/** The same database, writing down what runs in its transactions: for plans, and to give others the same statement. */
export function record(db: Database): { db: Database; statements: Recorded[] } {
  const statements: Recorded[] = [];
  const note = (kind: Recorded['kind'], sql: string, params: readonly unknown[] = []) =>
    void statements.push({ kind, sql, params });
  const watch = (tx: Transaction): Transaction => ({
    sessions: tx.sessions,
    query: (sql, params) => {
      note('query', sql, params);
      return tx.query(sql, params);
    },
    lines: (sql, params) => {
      note('lines', sql, params);
      return tx.lines(sql, params);
    },
    begun: () => tx.begun(),
    last: () => tx.last(),
    script: (sql) => {
      note('script', sql);
      return tx.script(sql);
    },
  });
  const recording: Database = {
    embedded: db.embedded,
    engine: db.engine,
    sessions: db.sessions,
    name: db.name,
    location: db.location,
    transaction: (options, work) => db.transaction(options, (tx) => work(watch(tx))),
    query: (sql, params) => {
      note('query', sql, params);
      return db.query(sql, params);
    },
    listen: (channel, listener) => db.listen(channel, listener),
    standby: () => db.standby(),
    abandon: () => db.abandon(),
    close: () => db.close(),
  };
  return { db: recording, statements };
}

/** The statement with its values written into it, for psql and the like. */
export function withValues({ sql, params }: Recorded): string {
  return sql.replaceAll(/\$(\d+)/g, (_, n) => literal(params[Number(n) - 1]));
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return `array[${value.map(literal).join(',')}]`;
  return typeof value === 'number' ? String(value) : pg.escapeLiteral(String(value));
}
