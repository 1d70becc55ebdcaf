import type { Database } from '../port/database.ts';

/**
 * Tells those who listen on the workers of revocations that are in force: a notification reaches only who is connected where it was
 * made. A worker that cannot be reached has nobody who could hear it.
 */
export async function tellWorkers(db: Database, revocations: readonly number[]): Promise<void> {
  if (revocations.length === 0) return;
  const statement = revocations.map(
    (id) => `select pg_catalog.pg_notify('tomo_session_ended', '{"revocation":${id}}')`,
  );
  await db.query('select pg_catalog.run_command_on_workers($1)', [statement.join('; ')]).catch(() => {});
}
