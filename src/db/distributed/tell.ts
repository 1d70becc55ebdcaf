import { type Database, read } from '../port/database.ts';
import { execute } from '../port/sql.ts';

/**
 * Tells those who listen on the workers of revocations that are in force: a notification reaches only who is connected
 * where it was made. A worker that cannot be reached has nobody who could hear it.
 */
export async function tellWorkers(db: Database, revocations: readonly number[]): Promise<void> {
  if (revocations.length === 0) return;
  const statement = revocations.map(
    (id) => `select pg_catalog.pg_notify('tomo_session_ended', '{"revocation":${id}}')`,
  );
  await read(db, (tx) => execute(tx)`select run_command_on_workers(${statement.join('; ')})`).catch(() => {});
}
