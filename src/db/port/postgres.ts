import type { Client } from 'pg';
import { TomoError } from '../../model/errors.ts';
import { parseServers, type Wanted } from './connection-url.ts';
import { type Database, inTurn } from './database.ts';
import { watchLogin } from './log-in.ts';
import { cutOff, listenOn, transactionOn } from './pg-client.ts';
import { codeOf, rowsOf, translateError } from './sqlstate.ts';

/** Connects to the first server that is as wanted; `url` undefined: by PG*. Throws DATABASE_UNREACHABLE and INVALID_INPUT. */
export async function openPostgres(url: string | undefined, env: NodeJS.ProcessEnv): Promise<Database> {
  const { client, location } = await connectFirst(url, env);
  const queue = inTurn();
  return {
    embedded: false,
    location,
    name: client.database ?? '',
    query: (sql, params = []) => queue(() => rowsOf(client, location, sql, params)),
    transaction: (options, work) => queue(() => transactionOn(client, location, options, work)),
    async listen(channel, listener) {
      const { client } = await connectFirst(url, env);
      return listenOn(client, channel, listener, () => cutOff(client));
    },
    close: () => client.end().catch(() => {}),
  };
}

interface Connected {
  client: Client;
  location: string;
}

async function connectFirst(url: string | undefined, env: NodeJS.ProcessEnv): Promise<Connected> {
  const { Client } = await import('pg');
  const { servers, wanted, rules } = parseServers(url, env);
  let failure: unknown;
  for (const kind of wanted === 'prefer-standby' ? (['standby', 'any'] as const) : [wanted]) {
    for (const server of servers) {
      const { location } = server;
      const client = new Client(server.config);
      // a connection that breaks while no query runs fails the next query; without a listener it would end the process
      client.on('error', () => {});
      const checkLogin = watchLogin(client, rules, server);
      try {
        await client.connect();
        checkLogin();
        if (await isFit(client, kind)) return { client, location };
        await client.end();
        failure =
          kind === 'read-write' || kind === 'primary'
            ? new TomoError('DATABASE_READ_ONLY', `The database at ${location} is read-only.`)
            : new TomoError('DATABASE_UNREACHABLE', `The database at ${location} is not ${kind}.`, {
                hint: `target_session_attrs=${wanted} asks for that.`,
              });
      } catch (error) {
        // or the socket stays open, and the process with it, until the server gives up
        cutOff(client);
        failure = translateError(error, location);
        // a refused log-in or a missing database is an answer: the next host is not asked, as in libpq
        if (error instanceof TomoError || codeOf(error)?.match(/^(28|3D)/)) throw failure;
      }
    }
  }
  throw failure;
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
