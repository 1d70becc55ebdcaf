import { type Database, readAtOnce } from '../../db/port/database.ts';
import { selectRole } from '../../db/user/role.ts';
import type { DatabaseContext } from '../../model/context.ts';
import type { ServerFacts } from '../../model/server.ts';
import type { Actor } from '../../model/session.ts';
import type { Standby } from '../../model/standby.ts';
import type { Operator } from './operator.ts';

/** Who somebody is to a database, and whom the audit names for what they change. */
export interface Identity {
  osUser: string;
  host: string;
  /** Of the connection; null: a file has none. */
  databaseRole: string | null;
  /** The Tomo user that TOMO_TOKEN names; null: it is not set, so the rights of the role are the limit. */
  user: Pick<Operator, 'username' | 'role' | 'sessionId'> | null;
  location: string;
  database: string;
  embedded: boolean;
  /** Of the server, if it is one. */
  standby: Standby | null;
  context: DatabaseContext | null;
  server: Pick<ServerFacts, 'name' | 'title' | 'isTomo'>;
}

export async function readIdentity(
  db: Database,
  operator: Operator | null,
  { osUser, host }: Actor,
): Promise<Identity> {
  const { name, title, isTomo } = db.sessions.server;
  return {
    osUser,
    host,
    databaseRole: await readRole(db),
    user: operator && { username: operator.username, role: operator.role, sessionId: operator.sessionId },
    location: db.location,
    database: db.name,
    embedded: db.embedded,
    context: db.context ?? null,
    server: { name, title, isTomo },
    standby: db.standby(),
  };
}

/** As what the connection works; null: a file has no roles. */
export async function readRole(db: Database): Promise<string | null> {
  return db.engine === 'sqlite' ? null : readAtOnce(db, selectRole, { anySchema: true });
}
