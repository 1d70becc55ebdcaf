import type { Database } from '../../db/port/database.ts';
import { type DatabaseTarget, embeddedExists, openDatabase } from '../../db/port/open.ts';
import type { DatabaseContext } from '../../model/context.ts';
import { invalidInput, TomoError } from '../../model/errors.ts';
import { configFileOf, readConfig } from './config-file.ts';
import { findContext } from './contexts.ts';
import { embeddedTarget, targetOf } from './database-target.ts';
import { parseServerReference, type ServerReference } from './server-reference.ts';

export interface Connection {
  target: DatabaseTarget;
  /** What has named it, in words for people; null: nothing, so it is the embedded database. */
  origin: string | null;
  /** By which name, if by one. */
  context: DatabaseContext | null;
  /** Whose sessions those are; null: nobody has said it. */
  server: (ServerReference & { origin: string }) | null;
}

/** Of the flags of a command, those that name a database and its server. */
export interface ConnectionNames {
  database?: string | undefined;
  context?: string | undefined;
  server?: string | undefined;
}

/** Those of libpq that say which database is meant. */
const PG_VARIABLES = ['PGSERVICE', 'PGHOST', 'PGHOSTADDR', 'PGPORT', 'PGDATABASE', 'PGUSER'];
const HOW_TO_NAME =
  'For a server set TOMO_DATABASE_URL (cron and sudo do not pass it on by themselves); for the embedded database: TOMO_DATABASE_URL=embedded';

/**
 * The database: the first of --database or --context, TOMO_CONTEXT or TOMO_DATABASE_URL, DATABASE_URL, the PG*
 * variables, the current context and then the URL of the config files; else the embedded one, which "embedded" in the
 * place of a URL chooses. The server: the first of --server, TOMO_SERVER and what that context says. Throws
 * INVALID_INPUT where the first one is empty or wrong, and where two stand side by side.
 */
export function resolveConnection(flags: ConnectionNames, env: NodeJS.ProcessEnv): Connection {
  const { server: own, ...place } = resolvePlace(flags, env);
  const named: [string | undefined, string][] = [
    [flags.server, '--server'],
    [env.TOMO_SERVER, 'TOMO_SERVER'],
    [own, `the context "${place.context?.name}"`],
  ];
  const [text, origin = ''] = named.find(([given]) => given !== undefined) ?? [];
  const server = text === undefined ? null : { ...parseServerReference(text, origin, env), origin };
  return { ...place, server };
}

type Place = Omit<Connection, 'server'> & { server?: string | undefined };

function resolvePlace({ database, context }: ConnectionNames, env: NodeJS.ProcessEnv): Place {
  if (database !== undefined && context !== undefined) {
    throw invalidInput('--database and --context do not go together.', 'A context names its database by itself.');
  }
  const flags: Given[] = [
    [database, '--database', atUrl],
    [context, '--context', atContext],
  ];
  const ours: Given[] = [
    [env.TOMO_CONTEXT, 'TOMO_CONTEXT', atContext],
    [env.TOMO_DATABASE_URL, 'TOMO_DATABASE_URL', atUrl],
  ];
  for (const [text, origin, at] of [...flags, ...ours, [env.DATABASE_URL, 'DATABASE_URL', atUrl] satisfies Given]) {
    if (text === undefined) continue;
    if (text.trim() === '') {
      const without = origin.startsWith('--') ? 'Or leave it out.' : `To go on without it: unset ${origin}`;
      throw invalidInput(`${origin} is empty.`, `Did the command that should have filled it fail? ${without}`);
    }
    if (origin === 'TOMO_CONTEXT' && env.TOMO_DATABASE_URL !== undefined) {
      throw invalidInput(
        'TOMO_CONTEXT and TOMO_DATABASE_URL are both set.',
        'Which one counts? Unset the other, or say it on the command line: --context or --database',
      );
    }
    return at(text, origin, env);
  }
  const variable = PG_VARIABLES.find((name) => env[name] !== undefined);
  if (variable) return { target: { kind: 'postgres', url: undefined, env }, origin: variable, context: null };
  const config = readConfig(env);
  const fileOf = (key: 'context' | 'database') => configFileOf(env, (layer) => layer[key] !== undefined);
  if (config.context !== undefined) {
    const file = fileOf('context');
    return { ...atContext(config.context, `"context" in the config file ${file}`, env), origin: file };
  }
  if (config.database !== undefined) return atUrl(config.database, fileOf('database'), env);
  return { target: embeddedTarget(env), origin: null, context: null };
}

/** A text that may name the database, where it stands, and what it is. */
type Given = [text: string | undefined, origin: string, at: typeof atUrl];

function atUrl(url: string, origin: string, env: NodeJS.ProcessEnv): Place {
  return { target: targetOf(url, env), origin, context: null };
}

function atContext(name: string, origin: string, env: NodeJS.ProcessEnv): Place {
  const { database, server, production = false } = findContext(name, origin, readConfig(env).contexts ?? {}, env);
  return { target: targetOf(database, env), origin, context: { name, production }, server };
}

/** The variable that names the database here, before the current context. */
export function variableBefore(env: NodeJS.ProcessEnv): string | undefined {
  return ['TOMO_CONTEXT', 'TOMO_DATABASE_URL', 'DATABASE_URL', ...PG_VARIABLES].find((name) => env[name] !== undefined);
}

/** The current context, where a variable of the environment has named another database. */
export function passedOver({ origin, context }: Connection, env: NodeJS.ProcessEnv): string | undefined {
  if (origin === null || origin.startsWith('--') || context) return undefined;
  try {
    return readConfig(env).context;
  } catch (error) {
    // it is not asked for the database
    if (error instanceof TomoError) return undefined;
    throw error;
  }
}

/**
 * Throws DATABASE_UNREACHABLE when nothing has named the database: nobody would see that it is not the
 * one that was meant.
 */
export function requireName({ origin }: Connection): void {
  if (origin !== null) return;
  const message =
    'No database is configured, and without a terminal the embedded one is changed only when it is named.';
  throw new TomoError('DATABASE_UNREACHABLE', message, { hint: HOW_TO_NAME });
}

/** Connects. The embedded database is made only when that is what the command is for (`makes`), and it is named. */
export async function openConnection(
  { target, origin }: Connection,
  { makes, changes, signal }: { makes: boolean; changes: boolean; signal?: AbortSignal },
): Promise<Database> {
  if (target.kind === 'embedded' && !embeddedExists(target.directory) && (origin === null || !makes)) {
    const where =
      origin === null ? 'No database is configured.' : `There is no embedded database in ${target.directory}.`;
    throw new TomoError('DATABASE_UNREACHABLE', where, {
      hint: `${origin === null ? `${HOW_TO_NAME}\n` : ''}To try tomo first: tomo demo. An empty embedded database: tomo db migrate --database embedded`,
    });
  }
  return openDatabase(target.kind === 'postgres' ? { ...target, changes, signal } : target);
}

/** Whether there is a database to look into, without making one. */
export function isConfigured(flags: ConnectionNames, env: NodeJS.ProcessEnv): boolean {
  const { target, origin } = resolveConnection(flags, env);
  return target.kind !== 'embedded' || origin !== null || embeddedExists(target.directory);
}
