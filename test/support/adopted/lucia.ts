import { NodePostgresAdapter } from '@lucia-auth/adapter-postgresql';
import { Lucia } from 'lucia';
import type { EmptyDatabase } from './empty-database.ts';
import { type AdoptedServer, hashedId } from './server.ts';

/** An application with Lucia: the names of the tables are its own. */
export async function startLucia(database: EmptyDatabase): Promise<AdoptedServer & { prune: () => Promise<void> }> {
  const pool = database.pool();
  await database.sql(`
    create table auth_user (id text primary key, username text not null unique);
    create table user_session (
      id text primary key,
      expires_at timestamptz not null,
      user_id text not null references auth_user (id)
    )`);
  const lucia = new Lucia(new NodePostgresAdapter(pool, { user: 'auth_user', session: 'user_session' }));
  return {
    reference: 'lucia',
    url: database.url,
    sql: database.sql,
    table: 'user_session',
    keeps: ['expiresAt'],
    logIn: async (name) => {
      await database.sql('insert into auth_user (id, username) values ($1, $2) on conflict do nothing', [
        `user-${name}`,
        name,
      ]);
      const { id } = await lucia.createSession(`user-${name}`, {});
      return {
        user: name,
        key: id,
        id: hashedId(id),
        cookie: lucia.createSessionCookie(id).serialize(),
        secrets: [id],
      };
    },
    accepts: async ({ cookie }) => {
      const id = lucia.readSessionCookie(cookie);
      return id !== null && (await lucia.validateSession(id)).session !== null;
    },
    expire: async ({ key }) => {
      await database.sql("update user_session set expires_at = now() - interval '1 hour' where id = $1", [key]);
    },
    prune: () => lucia.deleteExpiredSessions(),
    stop: () => pool.end(),
  };
}
