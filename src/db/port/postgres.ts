import type { Client, ClientConfig } from 'pg';
import { TomoError } from '../../model/errors.ts';
import { parseServers, type Server } from './connection-url.ts';
import { type Database, inTurn } from './database.ts';
import { cutOff, listenOn, transactionOn } from './pg-client.ts';
import { codeOf, rowsOf, translateError } from './sqlstate.ts';

/** Connects to the first server that answers as wanted; `url` undefined: by PG*. Throws DATABASE_UNREACHABLE. */
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
  const { servers, readWrite } = parseServers(url, env);
  let failure: unknown;
  for (const server of servers) {
    let client: Client | undefined;
    try {
      client = await makeClient(server, env);
      await client.connect();
      if (!readWrite || (await isWritable(client))) return { client, location: server.location };
      await client.end();
      failure = new TomoError('DATABASE_READ_ONLY', `The database at ${server.location} is read-only.`);
    } catch (error) {
      // or the socket stays open, and the process with it, until the server gives up
      if (client) cutOff(client);
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
