import type { Database } from '../port/database.ts';

export interface ServerFacts {
  server: string;
  role: string;
  name: string;
}

/** Version of the server, role of this connection and name of the database. Works without our schema. */
export async function selectServerFacts(db: Database): Promise<ServerFacts> {
  const [facts] = await db.query<ServerFacts>(
    `select current_setting('server_version') as server, current_user::text as role, current_database()::text as name`,
  );
  return facts ?? { server: 'unknown', role: 'unknown', name: db.name };
}
