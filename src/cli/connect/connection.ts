import { join } from 'node:path';
import { type DatabaseTarget, embeddedExists } from '../../db/port/open.ts';
import { invalidInput } from '../../model/errors.ts';
import { configPath, homeOf, readConfig } from './config-file.ts';

/** What decides where to connect, in words for people. */
export interface Connection {
  target: DatabaseTarget;
  origin: string;
}

const PG_VARIABLES = ['PGHOST', 'PGPORT', 'PGDATABASE', 'PGUSER'];

/**
 * The first of --database, TOMO_DATABASE_URL, DATABASE_URL, the PG* variables, the config file; else the embedded
 * database. "embedded" in the place of a URL chooses that one.
 */
export function resolveConnection(flag: string | undefined, env: NodeJS.ProcessEnv): Connection {
  if (flag === '') throw invalidInput('--database is empty.', 'Was the variable behind it set?');
  const named: [string | undefined, string][] = [
    [flag, '--database'],
    [env.TOMO_DATABASE_URL, 'TOMO_DATABASE_URL'],
    [env.DATABASE_URL, 'DATABASE_URL'],
  ];
  for (const [url, origin] of named) {
    if (url) return { target: targetOf(url, env), origin };
  }
  const variable = PG_VARIABLES.find((name) => env[name]);
  if (variable) return { target: { kind: 'postgres', url: undefined, env }, origin: variable };
  const { database } = readConfig(env);
  if (database) return { target: targetOf(database, env), origin: configPath(env) };
  return { target: embeddedTarget(env), origin: 'default' };
}

/** Whether there is a database to look into, without making one. */
export function isConfigured(flag: string | undefined, env: NodeJS.ProcessEnv): boolean {
  const { target, origin } = resolveConnection(flag, env);
  return target.kind === 'postgres' || origin !== 'default' || embeddedExists(target.directory);
}

/** The embedded database of this user. */
export function embeddedTarget(env: NodeJS.ProcessEnv): DatabaseTarget & { kind: 'embedded' } {
  return { kind: 'embedded', directory: join(env.XDG_DATA_HOME || join(homeOf(env), '.local', 'share'), 'tomo', 'db') };
}

function targetOf(url: string, env: NodeJS.ProcessEnv): DatabaseTarget {
  return url === 'embedded' ? embeddedTarget(env) : { kind: 'postgres', url, env };
}
