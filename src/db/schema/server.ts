import type { Transaction } from '../port/database.ts';
import { selectRow } from '../port/sql.ts';

export interface ServerFacts {
  server: string;
  role: string;
  name: string;
  encoding: string;
}

/** Version of the server, role of this connection, name and encoding of the database. Works without our schema. */
export async function selectServerFacts(tx: Transaction): Promise<ServerFacts> {
  return selectRow<ServerFacts>(tx)`
    select current_setting('server_version') as server, current_user::text as role, current_database()::text as name,
           current_setting('server_encoding') as encoding`;
}
