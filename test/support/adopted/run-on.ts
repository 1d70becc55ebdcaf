import { join } from 'node:path';
import { inject } from 'vitest';
import { openPostgres } from '../../../src/db/port/postgres.ts';
import { openSqlite } from '../../../src/db/port/sqlite.ts';
import { type Ran, type RunOptions, run } from '../run.ts';
import type { AdoptedServer } from './server.ts';

/** Runs a command in this process on the tables of a server; `reference`: with other options than its own. */
export async function runOn(
  { url, reference }: Pick<AdoptedServer, 'url' | 'reference'>,
  command: Parameters<typeof run>[1],
  argv: string[],
  options: RunOptions = {},
): Promise<Ran> {
  const db = await (url.startsWith('sqlite:') ? openSqlite(url.slice(7)) : openPostgres(url, {}));
  const env = { XDG_STATE_HOME: join(inject('scratch'), 'state'), ...options.env };
  try {
    return await run({ db, url } as Parameters<typeof run>[0], command, [...argv, '--server', reference], {
      ...options,
      env,
    });
  } finally {
    await db.close();
  }
}
