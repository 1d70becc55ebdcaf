import type { Client } from 'pg';
import { TOMO_SESSIONS } from '../session/tomo.ts';
import { beginScript, type Opening, statementTimeoutOf } from './begin.ts';
import type { Listener, Listening, Transaction, TransactionOptions } from './database.ts';
import { sendable, translateError } from './failure.ts';
import type { Line } from './line.ts';
import { checkSchema } from './schema-version.ts';

/** Where this fails for the connection, nothing has happened, and another one can be taken. */
async function beginOn(line: Line, options: TransactionOptions): Promise<Opening | undefined> {
  const begin = () => line.client.query(beginScript(options));
  const results = (await line.answer(line.patience.begin, begin)) as unknown as { rows: Opening[] }[];
  const opening = results.at(-1)?.rows[0];
  line.pid = opening?.pid ?? null;
  line.standby = opening?.standby ? { behind: opening.behind } : null;
  return opening;
}

/**
 * A transaction on a line that carries nothing else meanwhile; an error says what became of it. `again`: another line,
 * where the given one turns out to be dead before anything has begun.
 */
export async function transactionOn<T>(
  given: Line,
  options: TransactionOptions,
  work: (tx: Transaction) => Promise<T>,
  again?: () => Promise<Line>,
): Promise<T> {
  let line = given;
  const timeout = statementTimeoutOf(options);
  const limit = timeout === 0 ? 0 : timeout + line.patience.grace;
  const tx: Transaction = {
    sessions: TOMO_SESSIONS,
    query: async (sql, params = []) =>
      (await line.answer(limit, () => line.client.query(sql, sendable(params)))).rows as never,
    lines: (select, params = []) => copyLines(line, limit, select, params),
    script: async (sql) => void (await line.answer(limit, () => line.client.query(sql))),
  };
  let committing = false;
  try {
    const opening = await beginOn(line, options).catch(async (error: unknown) => {
      if (!line.isLost || !again) throw error;
      line = await again();
      return beginOn(line, options);
    });
    if (!options.anySchema) checkSchema(opening);
    const result = await work(tx);
    committing = true;
    await line.answer(line.patience.commit, () => line.client.query('commit'));
    return result;
  } catch (error) {
    const outcome = committing && line.isLost ? 'unknown' : 'unchanged';
    // a broken connection has rolled back already
    if (!line.isLost) await line.answer(line.patience.begin, () => line.client.query('rollback')).catch(() => {});
    throw translateError(error, line.location, {
      connected: true,
      outcome: options.readOnly ? undefined : outcome,
    });
  }
}

/** What takes as long as it takes. */
const LONG = /^\s*(vacuum|create|drop)\b/i;
/** Milliseconds for any other statement of its own. */
const STATEMENT = 60_000;

/** The rows of a statement of its own, which is in force when it ends. */
export async function queryOn<Row>(line: Line, sql: string, params: readonly unknown[]): Promise<Row[]> {
  const limit = LONG.test(sql) ? 0 : STATEMENT + line.patience.grace;
  try {
    return (await line.answer(limit, () => line.client.query(sql, sendable(params)))).rows as Row[];
  } catch (error) {
    throw translateError(error, line.location, { connected: true, outcome: line.isLost ? 'unknown' : undefined });
  }
}

/** Listens with a client that is used for nothing else; `end` gives it up. */
export async function listenOn(line: Line, channel: string, listener: Listener, end: () => void): Promise<Listening> {
  const { client, patience } = line;
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
  const ask = async (sql: string) => void (await line.answer(patience.begin, () => client.query(sql)));
  try {
    await ask(`listen ${channel}`);
  } catch (error) {
    close();
    throw error;
  }
  return { check: () => ask('select 1'), close: async () => close() };
}

/**
 * COPY takes no parameters, so the values become literals, quoted by the driver. CSV with a quote that no JSON
 * text contains hands each line over as it is, where COPY's own text format would double the backslashes.
 */
async function* copyLines(
  line: Line,
  limit: number,
  select: string,
  params: readonly unknown[],
): AsyncIterable<string> {
  const { to } = await import('pg-copy-streams');
  const client = line.client as Client;
  const values = sendable(params);
  const sql = select.replaceAll(/\$(\d+)/g, (_, n) => literal(client, values[Number(n) - 1]));
  const stream = client.query(to(`copy (${sql}) to stdout (format csv, quote e'\\x01', delimiter e'\\x02')`));
  stream.setEncoding('utf8');
  const chunks = stream[Symbol.asyncIterator]();
  let rest = '';
  let over = false;
  try {
    for (;;) {
      // only while it is waited for: a reader may be as slow as it likes
      const next = await line.answer(limit, () => chunks.next());
      if (next.done) break;
      const lines = (rest + next.value).split('\n');
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
    if (!over) line.giveUp(new Error('connection terminated: it was not read to its end'));
  }
}

function literal(client: Client, value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return `array[${value.map((v) => literal(client, v)).join(',')}]`;
  return client.escapeLiteral(String(value));
}
