import { createHash } from 'node:crypto';
import { TOMO_SESSIONS } from '../session/tomo.ts';
import type { Database } from './database.ts';
import { rowsOf, translateError } from './failure.ts';
import { Line, type PgClient } from './line.ts';
import { transactionOn } from './pg-client.ts';
import { listenOn, pidOf } from './pg-listen.ts';

/** What we need of a `Pool` of `pg` (https://node-postgres.com/apis/pool), of whatever version. */
export interface PgPool {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  query(statement: { name: string; text: string; values: unknown[] }): Promise<{ rows: unknown[] }>;
  connect(): Promise<PgPoolClient>;
}

export interface PgPoolClient extends PgClient {
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
  release(destroy?: boolean): void;
}

export interface PoolOptions {
  /**
   * Each connection keeps the statements of single calls prepared, which are then neither sent nor read again. Not
   * through a pooler in transaction mode, unless it keeps them, too: PgBouncer does from 1.21 on, with
   * max_prepared_statements.
   */
  preparedStatements?: boolean;
}

/**
 * A database over your own pool of `pg`, which stays yours: closing the database does not end it. A single statement
 * goes to whichever client is free, in one round trip; a transaction and a listener each take a client for as
 * long as they last.
 */
export function fromPool(pool: PgPool, { preparedStatements = false }: PoolOptions = {}): Database {
  const location = 'the connection pool';
  const single = preparedStatements ? preparing(pool) : pool;
  let distributed: Line['distributed'];

  async function withLine<T>(work: (line: Line) => Promise<T>): Promise<T> {
    const client = await connect();
    const line = new Line(client, location);
    line.distributed = distributed;
    // a connection that breaks between two statements fails the next one; without a listener it would end the process
    const onError = (error: Error) => line.lose(error);
    client.on('error', onError);
    try {
      return await work(line);
    } finally {
      await line.answered;
      distributed = line.distributed;
      client.removeListener('error', onError);
      // the pool may not have noticed yet that it is lost, and would lend it again
      client.release(line.isLost);
    }
  }

  async function connect(): Promise<PgPoolClient> {
    try {
      return await pool.connect();
    } catch (error) {
      throw translateError(error, location);
    }
  }

  return {
    embedded: false,
    engine: 'postgres',
    sessions: TOMO_SESSIONS,
    name: '',
    location,
    // who lends a pool knows what is behind it, and ends it
    standby: () => null,
    abandon: () => {},
    query: (sql, params = []) => rowsOf(single, location, sql, params),
    transaction: (options, work) => withLine((line) => transactionOn(line, options, work)),
    async listen(channel, listener) {
      const client = await connect();
      const line = new Line(client, location);
      const close = () => {
        client.release(true);
        line.giveUp(new Error('connection terminated'));
      };
      return listenOn(line, channel, listener, { close, other: () => withLine(pidOf) });
    },
    close: async () => {},
  };
}

/** Asks with a name for each text, by which the server knows it again; there are as many as there are calls. */
function preparing(pool: PgPool) {
  const names = new Map<string, string>();
  const nameOf = (text: string) => {
    const name = names.get(text) ?? `tomo_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
    names.set(text, name);
    return name;
  };
  return { query: (text: string, values: unknown[]) => pool.query({ name: nameOf(text), text, values }) };
}
