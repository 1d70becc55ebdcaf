import { randomBytes } from 'node:crypto';
import type { EmptyDatabase } from './empty-database.ts';
import { type AdoptedServer, CLIENT, type Client, type Kept, type Login } from './server.ts';

type Sql = EmptyDatabase['sql'];

/** What a login writes. */
interface Written {
  key: string;
  /** What `tomo` calls it, where that is not the key. */
  id?: string;
  secrets: string[];
}

/** A server of which the tables stand here, as it publishes them, and what it writes into them and asks of them. */
export interface Tables {
  reference: string;
  make: string;
  /** Users made by name, whose id is returned. */
  user: string;
  /** What it calls a user of this name. */
  called: (name: string) => string;
  write: (sql: Sql, userId: unknown, client: Client) => Promise<Written>;
  /** A row where the server would let the holder of this key in. */
  accepts: string;
  expire: string;
  table: string;
  keeps: readonly Kept[];
  /** Whether there are sessions of nobody. */
  anonymous?: true;
}

export async function startTables(database: EmptyDatabase, tables: Tables): Promise<AdoptedServer> {
  const { sql } = database;
  await sql(tables.make);
  const login = async (user: string | null, id: unknown, client: Partial<Client> = {}): Promise<Login> => {
    const written = await tables.write(sql, id, { ...CLIENT, ...client });
    return { id: written.key, ...written, user, cookie: written.key };
  };
  return {
    reference: tables.reference,
    url: database.url,
    sql,
    table: tables.table,
    keeps: tables.keeps,
    logIn: async (name, client) => {
      const [user] = await sql<{ id: unknown }>(tables.user, [name]);
      return login(tables.called(name), user?.id, client);
    },
    ...(tables.anonymous ? { visit: () => login(null, null) } : {}),
    accepts: async ({ key }) => (await sql(tables.accepts, [key])).length > 0,
    expire: async ({ key }) => {
      await sql(tables.expire, [key]);
    },
    stop: async () => {},
  };
}

export const byMail = (name: string) => `${name}@example.org`;
export const secret = () => randomBytes(30).toString('base64url');
export const seconds = () => Math.floor(Date.now() / 1000);
