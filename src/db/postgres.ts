import type { Client, ClientConfig } from 'pg';
import { TomoError } from '../domain/errors.ts';
import { parseServers, type Server } from './connection-url.ts';
import { beginScript, type Database, type Transaction, type TransactionOptions } from './database.ts';
import { checkSchemaVersion } from './schema-version.ts';
import { codeOf, translateError } from './sqlstate.ts';

/**
 * Connects to the first server that answers (and, if asked for, accepts writes).
 * `url` undefined: the PG* variables. Throws DATABASE_UNREACHABLE.
 */
export async function openPostgres(url: string | undefined, env: NodeJS.ProcessEnv): Promise<Database> {
  const { servers, readWrite } = parseServers(url, env);
  let failure: unknown;
  for (const server of servers) {
    let client: Client | undefined;
    try {
      client = await makeClient(server, env);
      await client.connect();
      if (!readWrite || (await isWritable(client))) return new PostgresDatabase(client, server.location);
      await client.end();
      failure = new TomoError('DATABASE_READ_ONLY', `The database at ${server.location} is read-only.`);
    } catch (error) {
      // or the socket stays open, and the process with it, until the server gives up
      client?.connection.stream.destroy();
      failure = translateError(error, server.location);
      // a refused log-in or a missing database is an answer: the next host is not asked, as in libpq
      if (codeOf(error)?.match(/^(28|3D)/)) break;
    }
  }
  throw failure;
}

async function makeClient(server: Server, env: NodeJS.ProcessEnv): Promise<Client> {
  const { Client } = await import('pg');
  const { location: _, ...where } = server;
  const config: ClientConfig = {
    ...where,
    application_name: 'tomo',
    connectionTimeoutMillis: (Number(env.PGCONNECT_TIMEOUT) || 10) * 1000,
    keepAlive: true,
  };
  const client = new Client(config);
  // pg's own look into ~/.pgpass is deprecated
  if (!client.password) Object.assign(client, { password: passwordFromFile });
  // a connection that breaks while no query runs fails the next query; without a listener it would end the process
  client.on('error', () => {});
  return client;
}

/** https://www.postgresql.org/docs/current/libpq-pgpass.html */
async function passwordFromFile(connection: object): Promise<string> {
  const { default: lookUp } = await import('pgpass');
  const password = await new Promise<string | undefined>((resolve) => lookUp(connection, resolve));
  if (password === undefined) {
    throw new TomoError('DATABASE_UNREACHABLE', 'The database asks for a password, and none is given.', {
      hint: 'Put it into PGPASSWORD, ~/.pgpass (mode 0600) or the connection URL in TOMO_DATABASE_URL.',
    });
  }
  return password;
}

async function isWritable(client: Client): Promise<boolean> {
  const { rows } = await client.query('show transaction_read_only');
  return rows[0]?.transaction_read_only === 'off';
}

class PostgresDatabase implements Database {
  readonly embedded = false;
  readonly #client: Client;
  readonly location: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: Client, location: string) {
    this.#client = client;
    this.location = location;
  }

  get name(): string {
    return this.#client.database ?? '';
  }

  async execute<Row>(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
    try {
      return (await this.#client.query(sql, [...params])).rows;
    } catch (error) {
      throw translateError(error, this.location);
    }
  }

  /** One after the other: on one connection, two at once would be one. */
  transaction<T>(options: TransactionOptions, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const next = this.#last.then(() => this.#transaction(options, work));
    this.#last = next.catch(() => {});
    return next;
  }

  async #transaction<T>(options: TransactionOptions, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const client = this.#client;
    const tx: Transaction = {
      query: async (sql, params = []) => (await client.query(sql, [...params])).rows,
      lines: (select, params = []) => copyLines(client, select, params),
      script: async (sql) => void (await client.query(sql)),
    };
    try {
      const results = (await client.query(beginScript(options))) as unknown as { rows: { version: number | null }[] }[];
      if (!options.anySchema) checkSchemaVersion(results.at(-1)?.rows[0]?.version ?? null);
      const result = await work(tx);
      await client.query('commit');
      return result;
    } catch (error) {
      // a broken connection has rolled back already
      await client.query('rollback').catch(() => {});
      throw translateError(error, this.location);
    }
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => {});
  }
}

/**
 * COPY takes no parameters, so the values become literals, quoted by the driver. CSV with a quote that no JSON
 * text contains hands each line over as it is, where COPY's own text format would double the backslashes.
 */
async function* copyLines(client: Client, select: string, params: readonly unknown[]): AsyncIterable<string> {
  const { to } = await import('pg-copy-streams');
  const sql = select.replaceAll(/\$(\d+)/g, (_, n) => literal(client, params[Number(n) - 1]));
  const stream = client.query(to(`copy (${sql}) to stdout (format csv, quote e'\\x01', delimiter e'\\x02')`));
  stream.setEncoding('utf8');
  let rest = '';
  let complete = false;
  try {
    for await (const chunk of stream) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    complete = true;
  } finally {
    // COPY has no way to stop but to read it all: given up in the middle, the connection is given up with it
    if (!complete) client.connection.stream.destroy();
  }
}

function literal(client: Client, value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return `array[${value.map((v) => literal(client, v)).join(',')}]`;
  return client.escapeLiteral(String(value));
}
