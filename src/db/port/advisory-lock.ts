import type { Queryable } from './database.ts';

/** Runs the work while this one connection holds the lock; undefined when another one does. */
export async function withAdvisoryLock<T>(
  connection: Queryable,
  name: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const [row] = await connection.query<{ got: boolean }>(
    'select pg_try_advisory_lock(hashtextextended($1, 0)) as got',
    [name],
  );
  if (!row?.got) return undefined;
  try {
    return await work();
  } finally {
    // a broken connection has released it
    await connection.query('select pg_advisory_unlock(hashtextextended($1, 0))', [name]).catch(() => {});
  }
}
