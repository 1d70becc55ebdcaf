import { createHash } from 'node:crypto';
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
  /** What its table calls the session. */
  key: string;
  /** What `tomo` calls it. */
  id: string;
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
  /** That of the sessions, as SQL writes it. */
  table: string;
  /** What it keeps of each session, as `--json` calls it. */
  keeps: readonly Kept[];
  /** Logs somebody in, who is made where there is nobody of this name. */
  logIn: (name: string, client?: Partial<Client>) => Promise<Login>;
  /** A session of somebody who has not logged in, where it has such. */
  visit?: () => Promise<Login>;
  /** Whether the server takes it now. */
  accepts: (login: Login) => Promise<boolean>;
  /** Makes it run out some time ago. */
  expire: (login: Login) => Promise<void>;
  /** The server's own deletion of what has run out, where it has one. */
  prune?: () => Promise<void>;
  stop: () => Promise<void>;
}

export type Kept = 'ip' | 'userAgent' | 'createdAt' | 'lastActivityAt' | 'expiresAt';

/** What a session is called whose key would let in whoever reads it. */
export function hashedId(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32);
}

/** Nobody is in. */
export async function empty({ sql, table }: AdoptedServer): Promise<void> {
  await sql(`delete from ${table}`);
}

/** Its sessions, as they stand in the table. */
export function rowsOf({ sql, table }: AdoptedServer): Promise<unknown[]> {
  return sql(`select * from ${table} order by 1`);
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
