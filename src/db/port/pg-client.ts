import type { Client, Query as PgQuery, QueryArrayConfig } from 'pg';
import { TOMO_SESSIONS } from '../session/tomo.ts';
import { beginScript, type Opening, settingsOfNodes, statementTimeoutOf } from './begin.ts';
import type { Transaction, TransactionOptions } from './database.ts';
import { sendable, translateError } from './failure.ts';
import type { Line } from './line.ts';
import { checkSchema } from './schema-version.ts';
import { codeOf, isTimeout, SQLSTATE } from './sqlstate.ts';

/**
 * A program that was ended leaves nothing running: a server sees by itself only at the end of a statement that nobody
 * waits for it. Where a server cannot look, it refuses the setting.
 */
const NOTICED = `select set_config('client_connection_check_interval', '500', true) where version() like '%linux%'`;

/** Where this fails for the connection, nothing has happened, and another one can be taken. */
async function beginOn(line: Line, options: TransactionOptions): Promise<void> {
  const more = line.distributed ? `${NOTICED}; ${settingsOfNodes(options)}` : NOTICED;
  const begin = () => line.client.query(beginScript(options, more));
  const results = (await line.answer(line.patience.begin, begin)) as unknown as { rows: Opening[] }[];
  const opening = results.at(-1)?.rows[0];
  line.pid = opening?.pid ?? null;
  line.standby = opening?.standby ? { behind: opening.behind, caughtUp: opening.caughtUp } : null;
  if (!options.anySchema) checkSchema(opening);
  if (!opening?.distributed) line.distributed = undefined;
  else if (!line.distributed) {
    const { writtenOutAs } = await import('../distributed/written-out.ts');
    line.distributed = writtenOutAs();
  }
}

/**
 * A transaction on a line that carries nothing else meanwhile; an error says what became of it. `again`:
 * another line, where the given one turns out to be dead before anything has begun. The end of one that only
 * reads is not waited for.
 */
export async function transactionOn<T>(
  first: Line,
  options: TransactionOptions,
  work: (tx: Transaction) => Promise<T>,
  again?: () => Promise<Line>,
): Promise<T> {
  const { readOnly = false, atOnce = false, looksFirst = readOnly || atOnce } = options;
  const timeout = statementTimeoutOf(options);
  const limit = timeout === 0 ? 0 : timeout + first.patience.grace;
  let line = first;
  let open = false;
  let failure: unknown;
  let end: 'asked' | 'sent' | undefined;
  /** What went along with the beginning. */
  const along: Promise<unknown>[] = [];
  /** The beginning has told that it has to be asked otherwise; and until it can be. */
  let isOtherwise = false;
  let afresh: Promise<void> | undefined;
  let hasBegunAgain = false;
  const ending = Promise.withResolvers<void>();
  const known = first.distributed;
  const begun = beginOn(first, options)
    .catch(async (error: unknown) => {
      // what is one burst may be in force already
      if (!first.isLost || !again || atOnce) throw error;
      line = await again();
      await beginOn(line, options);
    })
    .then(() => {
      open = true;
      isOtherwise = line.distributed !== known && !atOnce;
    });

  /** Tells the other servers what holds. Where some of it named what is not there, the transaction has failed. */
  async function beginOnNodes(failed: boolean): Promise<void> {
    const send = (text: string) => line.answer(line.patience.begin, () => line.client.query(text));
    if (!failed && !(await Promise.all(along.map(hasFailed))).includes(true)) {
      if (!readOnly) await send(settingsOfNodes(options));
      return;
    }
    await Promise.all([send('rollback'), beginOn(line, options)]);
    hasBegunAgain = true;
  }

  /** What goes along with the beginning counts only once that has succeeded; its errors, too. */
  async function ask<R>(send: (on: Line) => Promise<R>): Promise<R> {
    if (end === 'sent') throw new Error('Something was asked in a transaction after its last turn.');
    const early = !open && looksFirst ? send(line) : undefined;
    if (early) along.push(early);
    early?.catch(() => {});
    if (!open) await begun;
    try {
      // not what was asked behind it: that may come only when this has been read
      if (early && line === first && !(isOtherwise && (await hasFailed(early)))) return await early;
      if (isOtherwise) afresh ??= beginOnNodes(early !== undefined);
      await afresh;
      return await send(line);
    } catch (error) {
      failure ??= error;
      // it only says that the one before it has failed
      throw codeOf(error) === SQLSTATE.failedTransaction ? failure : error;
    }
  }
  let committing = false;
  const sendCommit = (on: Line) =>
    on.answer(on.patience.commit, () => {
      committing = true;
      return on.client.query('commit');
    });
  const commit = () => ask(sendCommit);
  const tx: Transaction = {
    sessions: TOMO_SESSIONS,
    get distributed() {
      return line.distributed !== undefined;
    },
    query: async (text, parameters = [], distributed) => {
      const send = (on: Line) => {
        const { text: asked, values } = on.asked({ text, parameters }, distributed);
        return on.answer(limit, () => on.client.query(asked, values));
      };
      return (await ask(send)).rows as never;
    },
    async *lines(text, parameters = [], distributed) {
      let rows: AsyncGenerator<string> | undefined;
      try {
        const row = await ask((on) => {
          const { text: asked, values } = on.asked({ text, parameters }, distributed);
          rows = rowsOn(on, limit, asked, values);
          return rows.next();
        });
        if (row.done || !rows) return;
        yield row.value;
        yield* rows;
      } finally {
        await rows?.return(undefined);
      }
    },
    begun: () => begun,
    script: async (sql) => void (await ask((on) => on.answer(limit, () => on.client.query(sql)))),
    last() {
      if (!(readOnly || atOnce) || end) return;
      end = 'asked';
      line.atEndOfTurn(() => {
        if (end !== 'asked') return;
        const committed = commit();
        end = 'sent';
        // nobody waits for the end of one that only reads
        committed.then(() => ending.resolve(), readOnly ? () => {} : ending.reject);
        if (readOnly) ending.resolve();
      });
    },
  };
  ending.promise.catch(() => {});
  if (atOnce) tx.last();
  try {
    // what is wrong with the beginning goes before what is wrong with the work
    const result = await work(tx).catch(async (error: unknown) => {
      if (end === 'asked') end = undefined;
      await begun;
      await afresh;
      throw error;
    });
    await begun;
    await afresh;
    if (end && !hasBegunAgain) await ending.promise;
    else if (readOnly) sendCommit(line).catch(() => {});
    else if (hasBegunAgain) await sendCommit(line);
    else await commit();
    return result;
  } catch (error) {
    const outcome = committing && line.isLost ? 'unknown' : 'unchanged';
    // a broken connection has rolled back already
    if (!line.isLost && (!end || hasBegunAgain))
      await line.answer(line.patience.begin, () => line.client.query('rollback')).catch(() => {});
    throw translateError(error, line.location, { connected: true, outcome: readOnly ? undefined : outcome });
  }
}

/** Otherwise than by being stopped: what somebody has stopped is not asked again. */
function hasFailed(answer: Promise<unknown>): Promise<boolean> {
  return answer.then(
    () => false,
    (error: unknown) => !isTimeout(error),
  );
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

/** So many rows are kept for a reader who is slower than the server. */
const ROWS = 500;

/** The text in the only column of each row, as they come. */
async function* rowsOn(line: Line, limit: number, select: string, values: unknown[]): AsyncGenerator<string> {
  const client = line.client as Client;
  const { Query } = client.constructor as typeof Client & { Query: typeof PgQuery };
  const query = new Query<[string]>({ text: select, values, rowMode: 'array' } as QueryArrayConfig);
  const { turn, within, over } = line.begin();
  let rows: string[] = [];
  let more = waited();
  let ended = false;
  query.on('row', ([text]) => {
    if (rows.push(text) === ROWS) client.connection.stream.pause();
    more.resolve();
  });
  query.on('end', () => {
    ended = true;
    more.resolve();
  });
  query.on('error', (error) => {
    ended = true;
    more.reject(error);
  });
  try {
    if (turn) await turn;
    client.query(query);
    while (!ended || rows.length > 0) {
      // only while it is waited for: a reader may be as slow as it likes
      await within(limit, more.promise);
      more = waited();
      const taken = rows;
      rows = [];
      client.connection.stream.resume();
      yield* taken;
    }
  } finally {
    over();
    // there is no way to stop it but to read it all: given up in the middle, the connection is given up with it
    if (!ended) line.giveUp(new Error('connection terminated: it was not read to its end'));
  }
}

function waited(): PromiseWithResolvers<void> {
  const wait = Promise.withResolvers<void>();
  wait.promise.catch(() => {});
  return wait;
}
