import { join } from 'node:path';
import type { Database } from '../../db/port/database.ts';
import { type DatabaseTarget, embeddedExists, openDatabase } from '../../db/port/open.ts';
import { invalidInput, TomoError } from '../../model/errors.ts';
import { configPath, homeOf, readConfig } from './config-file.ts';

export interface Connection {
  target: DatabaseTarget;
  /** What has named it, in words for people; null: nothing, so it is the embedded database. */
  origin: string | null;
}

/** Those of libpq that say which database is meant. */
const PG_VARIABLES = ['PGSERVICE', 'PGHOST', 'PGHOSTADDR', 'PGPORT', 'PGDATABASE', 'PGUSER'];
const HOW_TO_NAME =
  'For a server set TOMO_DATABASE_URL (cron and sudo do not pass it on by themselves); for the embedded database: TOMO_DATABASE_URL=embedded';

/**
 * The first of --database, TOMO_DATABASE_URL, DATABASE_URL, the PG* variables, the config file; else the embedded
 * database. "embedded" in the place of a URL chooses that one. Throws INVALID_INPUT where the first one is empty.
 */
export function resolveConnection(flag: string | undefined, env: NodeJS.ProcessEnv): Connection {
  const named: [string | undefined, string][] = [
    [flag, '--database'],
    [env.TOMO_DATABASE_URL, 'TOMO_DATABASE_URL'],
    [env.DATABASE_URL, 'DATABASE_URL'],
  ];
  for (const [url, origin] of named) {
    if (url?.trim() === '') {
      const without = origin === '--database' ? 'Or leave it out.' : `To go on without it: unset ${origin}`;
      throw invalidInput(`${origin} is empty.`, `Did the command that should have filled it fail? ${without}`);
    }
    if (url !== undefined) return { target: targetOf(url, env), origin };
  }
  const variable = PG_VARIABLES.find((name) => env[name] !== undefined);
  if (variable) return { target: { kind: 'postgres', url: undefined, env }, origin: variable };
  const { database } = readConfig(env);
  if (database !== undefined) return { target: targetOf(database, env), origin: configPath(env) };
  return { target: embeddedTarget(env), origin: null };
}

/** Throws DATABASE_UNREACHABLE when nothing has named the database: nobody would see that it is not the one that was meant. */
export function requireName({ origin }: Connection): void {
  if (origin !== null) return;
  const message =
    'No database is configured, and without a terminal the embedded one is changed only when it is named.';
  throw new TomoError('DATABASE_UNREACHABLE', message, { hint: HOW_TO_NAME });
}

/** Connects. The embedded database is made only when that is what the command is for, and it is named. */
export async function openConnection({ target, origin }: Connection, makes: boolean): Promise<Database> {
  if (target.kind === 'embedded' && !embeddedExists(target.directory) && (origin === null || !makes)) {
    const where =
      origin === null ? 'No database is configured.' : `There is no embedded database in ${target.directory}.`;
    throw new TomoError('DATABASE_UNREACHABLE', where, {
      hint: `${origin === null ? `${HOW_TO_NAME}\n` : ''}To try tomo first: tomo demo. An empty embedded database: tomo db migrate --database embedded`,
    });
  }
  return openDatabase(target);
}

/** Whether there is a database to look into, without making one. */
export function isConfigured(flag: string | undefined, env: NodeJS.ProcessEnv): boolean {
  const { target, origin } = resolveConnection(flag, env);
  return target.kind === 'postgres' || origin !== null || embeddedExists(target.directory);
}

/** The embedded database of this user. */
export function embeddedTarget(env: NodeJS.ProcessEnv): DatabaseTarget & { kind: 'embedded' } {
  return { kind: 'embedded', directory: join(env.XDG_DATA_HOME || join(homeOf(env), '.local', 'share'), 'tomo', 'db') };
}

function targetOf(url: string, env: NodeJS.ProcessEnv): DatabaseTarget {
  return url === 'embedded' ? embeddedTarget(env) : { kind: 'postgres', url, env };
}
