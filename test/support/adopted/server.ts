import { afterAll, beforeAll } from 'vitest';
import { type EmptyDatabase, emptyDatabase } from './empty-database.ts';

/** What a browser says of itself, and from where. */
export interface Client {
  ip: string;
  agent: string;
}

/** Somebody who is in, or was. */
export interface Login {
  /** What the server calls the user; null: nobody has logged in. */
  user: string | null;
  /** What its table calls the session: what a revocation is to find. */
  key: string;
  /** What the browser keeps. */
  cookie: string;
  /** Whoever knows one of these is in: nobody may print them. */
  secrets: string[];
}

/** A server that people run, with the tables and rows that it makes itself, in a database of its own. */
export interface AdoptedServer {
  /** For --server. */
  reference: string;
  /** For --database. */
  url: string;
  /** Runs a statement as the owner of the tables and returns its rows. */
  sql: EmptyDatabase['sql'];
  /** Logs somebody in, who is made where there is nobody of this name; null: a visitor without a name. */
  logIn: (name: string | null, client?: Partial<Client>) => Promise<Login>;
  /** Whether the server takes it now. */
  accepts: (login: Login) => Promise<boolean>;
  /** Makes it run out some time ago. */
  expire: (login: Login) => Promise<void>;
  /** Nobody is in. */
  empty: () => Promise<void>;
  /** The server's own deletion of what has run out, where it has one. */
  prune?: () => Promise<void>;
  stop: () => Promise<void>;
}

export const CLIENT: Client = {
  ip: '203.0.113.7',
  agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
};

/** A server of one test file, from its first test to its last. */
export function useServer<Server extends AdoptedServer>(start: (database: EmptyDatabase) => Promise<Server>): Server {
  const server = {} as Server;
  let database: EmptyDatabase;
  beforeAll(async () => {
    database = await emptyDatabase();
    Object.assign(server, await start(database));
  });
  afterAll(async () => {
    await server.stop?.();
    await database.drop();
  });
  return server;
}
