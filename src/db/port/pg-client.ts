import type { Client } from 'pg';
import { beginScript, type Listener, type Listening, type Transaction, type TransactionOptions } from './database.ts';
import { checkSchema, type SchemaVersion } from './schema-version.ts';
import { translateError } from './sqlstate.ts';

/** What we need of a client of `pg`, of whatever version. */
export interface PgClient {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  on(event: 'notification', listener: (message: { payload?: string | undefined }) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
}

/** A transaction on a client that runs nothing else meanwhile. `onBroken`: the client is of no more use. */
export async function transactionOn<T>(
  client: PgClient,
  location: string,
  options: TransactionOptions,
  work: (tx: Transaction) => Promise<T>,
  onBroken: () => void = () => {},
): Promise<T> {
  const tx: Transaction = {
    query: async (sql, params = []) => (await client.query(sql, [...params])).rows as never,
    lines: (select, params = []) => copyLines(client as Client, select, params),
    script: async (sql) => void (await client.query(sql)),
  };
  try {
    const results = (await client.query(beginScript(options))) as unknown as { rows: SchemaVersion[] }[];
    const schema = results.at(-1)?.rows[0];
    if (!options.anySchema) checkSchema(schema);
    const result = await work(tx);
    await client.query('commit');
    return result;
  } catch (error) {
    // a broken connection has rolled back already
    await client.query('rollback').catch(onBroken);
    throw translateError(error, location);
  }
}

/** Listens with a client that is used for nothing else; `end` gives it up. */
export async function listenOn(
  client: PgClient,
  channel: string,
  listener: Listener,
  end: () => void,
): Promise<Listening> {
  let over = false;
  const close = () => {
    if (!over) end();
    over = true;
  };
  const lose = (error: unknown) => {
    if (over) return;
    close();
    listener.lost(error);
  };
  client.on('error', lose);
  client.on('end', () => lose(new Error('The connection has ended.')));
  client.on('notification', ({ payload }) => {
    if (!over) listener.notified(payload ?? '');
  });
  try {
    await client.query(`listen ${channel}`);
  } catch (error) {
    close();
    throw error;
  }
  return { check: async () => void (await client.query('select 1')), close: async () => close() };
}

/** Closes the socket without a farewell, which a peer that is gone would not answer. */
export function cutOff(client: PgClient): void {
  (client as Client).connection.stream.destroy();
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
  let over = false;
  try {
    for await (const chunk of stream) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    over = true;
  } catch (error) {
    // the server has refused, and the connection is whole
    over = true;
    throw error;
  } finally {
    // COPY has no way to stop but to read it all: given up in the middle, the connection is given up with it
    if (!over) cutOff(client);
  }
}

function literal(client: Client, value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return `array[${value.map((v) => literal(client, v)).join(',')}]`;
  return client.escapeLiteral(String(value));
}
