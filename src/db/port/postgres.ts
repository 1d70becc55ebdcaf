import type { Client } from 'pg';
import { TomoError } from '../../model/errors.ts';
import { TOMO_SESSIONS } from '../session/tomo.ts';
import { parseServers, type Server, type Wanted } from './connection-url.ts';
import { type Database, inTurn } from './database.ts';
import { translateError } from './failure.ts';
import { INTERRUPTED, TO_PRIMARY } from './failure-words.ts';
import { cutOff, Line, PATIENCE, type Patience } from './line.ts';
import { watchLogin } from './log-in.ts';
import { queryOn, transactionOn } from './pg-client.ts';
import { listenOn, pidOf } from './pg-listen.ts';
import { codeOf } from './sqlstate.ts';
import { checkFiles } from './tls.ts';

/**
 * Connects to the first server that is as wanted; `url` undefined: by PG*. `changes`: where several are named and none
 * is asked for, to one that can be written to. Throws DATABASE_UNREACHABLE, DATABASE_READ_ONLY and INVALID_INPUT.
 */
export async function openPostgres(
  url: string | undefined,
  env: NodeJS.ProcessEnv,
  patience: Patience = PATIENCE,
  changes = false,
  signal?: AbortSignal,
): Promise<Database> {
  const queue = inTurn();
  const abandoned = new AbortController();
  const giveUp = () => abandoned.abort(Object.assign(new Error('interrupted'), { code: INTERRUPTED }));
  const over = AbortSignal.any(signal ? [abandoned.signal, signal] : [abandoned.signal]);
  const connect = (writes = changes, only?: string) => connectFirst(url, env, over, { writes, only });
  const watched = ({ client, location }: Connected) => {
    const made = new Line(client, location, { patience, lookAfter, pipelined: true });
    client.on('error', (error) => made.lose(error));
    client.on('end', () => made.lose(new Error('connection terminated by the other side')));
    return made;
  };
  const first = await connect();
  let line = watched(first);
  let closed = false;

  /**
   * A connection may die while nothing runs, as during a question: it is sought again before the next thing begins.
   */
  async function usable(): Promise<Line> {
    // nothing is sent behind a transaction that may not have ended: a pooler may give the next one another server
    await line.answered;
    if (!line.isLost || closed) return line;
    const { location } = line;
    if (abandoned.signal.aborted) throw translateError(abandoned.signal.reason, location, { outcome: 'unchanged' });
    const next = await connect();
    const { distributed } = line;
    line = watched(next);
    line.distributed = distributed;
    if (next.location === location) return line;
    // not behind the back of who has read there and goes on here; the next thing begins here
    throw new TomoError(
      'DATABASE_UNREACHABLE',
      `The connection to the database at ${location} broke, and now ${next.location} answers.`,
      { reason: 'another-server', hint: 'Look again, then repeat it.', outcome: 'unchanged' },
    );
  }

  async function lookAfter(pid: number | null): Promise<boolean> {
    try {
      const other = await connect(changes, line.location);
      const asked = 'select state from pg_catalog.pg_stat_activity where pid operator(pg_catalog.=) $1';
      const ask = other.client.query<{ state: string | null }>(asked, [pid]);
      const { rows } = await ask.finally(() => cutOff(other.client));
      return pid === null || (rows[0] !== undefined && !rows[0].state?.startsWith('idle'));
    } catch (error) {
      // full, or not for us: but it is there
      return /^(28|53)/.test(codeOf(error instanceof TomoError ? error.cause : error) ?? '');
    }
  }

  return {
    embedded: false,
    engine: 'postgres',
    sessions: TOMO_SESSIONS,
    get location() {
      return line.location;
    },
    name: first.client.database ?? '',
    standby: () => line.standby,
    async stop() {
      const { cancelOn } = await import('./cancel.ts');
      await cancelOn(line.client as Client, abandoned.signal);
    },
    abandon() {
      giveUp();
      line.giveUp(abandoned.signal.reason);
    },
    query: (sql, params = []) => queue(async () => queryOn(await usable(), sql, params)),
    transaction: (options, work) => queue(async () => transactionOn(await usable(), options, work, usable)),
    async listen(channel, listener) {
      const own = watched(await connect(true));
      const end = () => own.giveUp(abandoned.signal.reason ?? new Error('connection terminated'));
      abandoned.signal.addEventListener('abort', end);
      const close = () => {
        abandoned.signal.removeEventListener('abort', end);
        end();
      };
      return listenOn(own, channel, listener, { close, other: () => queue(async () => pidOf(await usable())) });
    },
    async close() {
      closed = true;
      await line.answered;
      // who listens may just be connecting again, which would keep the program from ending
      giveUp();
      if (line.isLost) return;
      // without a farewell, which would have to be on its way before the program may end
      const { stream } = (line.client as Client).connection;
      stream.end(() => stream.destroy());
    },
  };
}

interface Connected {
  client: Client;
  location: string;
}

/** `only`: to that one, whatever it is. */
async function connectFirst(
  url: string | undefined,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  { writes, only }: { writes: boolean; only: string | undefined },
): Promise<Connected> {
  const { Client } = await import('pg');
  const { servers: named, wanted, rules } = parseServers(url, env);
  const servers = only === undefined ? named : named.filter(({ location }) => location === only);
  let failure: unknown;
  // a silent one is waited for once
  const unreached = new Set<Server>();
  const kinds: Wanted[] = only === undefined ? kindsOf(wanted, writes && servers.length > 1) : ['any'];
  for (const kind of kinds) {
    for (const server of servers) {
      if (unreached.has(server)) continue;
      const { location } = server;
      if (typeof server.config.ssl === 'object') await checkFiles(server.config.ssl);
      const client = new Client({ ...server.config, pipeline: true });
      // a connection that breaks while no query runs fails the next query; without a listener it would end the process
      client.on('error', () => {});
      const checkLogin = watchLogin(client, rules, server);
      // the limit of the driver ends with the log-in, and a line may go silent after it
      const limit = server.config.connectionTimeoutMillis;
      const enough = AbortSignal.any(limit ? [signal, AbortSignal.timeout(2 * limit)] : [signal]);
      const stop = () => cutOff(client);
      enough.addEventListener('abort', stop);
      try {
        enough.throwIfAborted();
        await client.connect();
        checkLogin();
        if (await isFit(client, kind)) return { client, location };
        await client.end();
        const tried = failure instanceof TomoError ? `Tried before: ${failure.message}` : undefined;
        failure =
          kind === 'read-write' || kind === 'primary'
            ? new TomoError('DATABASE_READ_ONLY', `The database at ${location} is read-only.`, {
                hint: tried ?? TO_PRIMARY,
              })
            : new TomoError(
                'DATABASE_UNREACHABLE',
                `The database at ${location} is not ${kind === 'standby' ? 'a standby' : kind}.`,
                { hint: [`target_session_attrs=${wanted} asks for that.`, tried].filter(Boolean).join('\n') },
              );
      } catch (error) {
        // or the socket stays open, and the process with it, until the server gives up
        cutOff(client);
        unreached.add(server);
        failure = translateError(signal.aborted ? signal.reason : error, location);
        if (signal.aborted) throw failure;
        // a refused log-in or a missing database is an answer: the next host is not asked, as in libpq
        if (error instanceof TomoError || codeOf(error)?.match(/^(28|3D)/)) throw failure;
      } finally {
        enough.removeEventListener('abort', stop);
      }
    }
  }
  throw failure;
}

/** What kinds of server are looked for, one after the other. */
function kindsOf(wanted: Wanted, writes: boolean): Wanted[] {
  if (writes && (wanted === 'any' || wanted === 'prefer-standby')) return ['read-write'];
  return wanted === 'prefer-standby' ? ['standby', 'any'] : [wanted];
}

/** https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-TARGET-SESSION-ATTRS */
async function isFit(client: Client, wanted: Wanted): Promise<boolean> {
  if (wanted === 'any') return true;
  const { rows } = await client.query<{ standby: boolean; readOnly: boolean }>(
    `select pg_catalog.pg_is_in_recovery() as standby,
            pg_catalog.current_setting('transaction_read_only') operator(pg_catalog.=) 'on' as "readOnly"`,
  );
  const { standby = false, readOnly = false } = rows[0] ?? {};
  return { 'read-write': !readOnly, 'read-only': readOnly, primary: !standby, standby, 'prefer-standby': true }[wanted];
}
