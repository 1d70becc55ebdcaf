import type { Database } from './database.ts';
import { cutOff, listenOn, type PgClient, transactionOn } from './pg-client.ts';
import { rowsOf, translateError } from './sqlstate.ts';

/** What we need of a `Pool` of `pg` (https://node-postgres.com/apis/pool), of whatever version. */
export interface PgPool {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  connect(): Promise<PgPoolClient>;
}

export interface PgPoolClient extends PgClient {
  removeListener(event: 'error', listener: () => void): unknown;
  release(destroy?: boolean): void;
}

/**
 * A database over your own pool of `pg`, which stays yours: closing the database does not end it. A single statement
 * goes to whichever client is free, in one round trip; a transaction and a listener each take a client for as
 * long as they last.
 */
export function fromPool(pool: PgPool): Database {
  const location = 'the connection pool';

  async function withClient<T>(work: (client: PgPoolClient, onBroken: () => void) => Promise<T>): Promise<T> {
    const client = await connect();
    // the pool may not have noticed yet, and would lend it again
    let broken = false;
    const onBroken = () => {
      broken = true;
    };
    // a connection that breaks between two statements fails the next one; without a listener it would end the process
    client.on('error', onBroken);
    try {
      return await work(client, onBroken);
    } finally {
      client.removeListener('error', onBroken);
      client.release(broken);
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
    name: '',
    location,
    query: (sql, params = []) => rowsOf(pool, location, sql, params),
    transaction: (options, work) =>
      withClient((client, onBroken) => transactionOn(client, location, options, work, onBroken)),
    async listen(channel, listener) {
      const client = await connect();
      return listenOn(client, channel, listener, () => {
        client.release(true);
        cutOff(client);
      });
    },
    close: async () => {},
  };
}
