import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseTarget } from '../db/open.ts';
import { TomoError } from '../domain/errors.ts';

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
  if (flag === '') throw new TomoError('INVALID_INPUT', '--database is empty.', { hint: 'Was the variable behind it set?' });
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
  const file = configFile(env);
  const url = readConfig(file);
  if (url) return { target: targetOf(url, env), origin: file };
  return { target: embeddedTarget(env), origin: 'default' };
}

/** The embedded database of this user. */
export function embeddedTarget(env: NodeJS.ProcessEnv): DatabaseTarget & { kind: 'embedded' } {
  return { kind: 'embedded', directory: join(env.XDG_DATA_HOME || join(homeOf(env), '.local', 'share'), 'tomo', 'db') };
}

function targetOf(url: string, env: NodeJS.ProcessEnv): DatabaseTarget {
  return url === 'embedded' ? embeddedTarget(env) : { kind: 'postgres', url, env };
}

function configFile(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CONFIG_HOME || join(homeOf(env), '.config'), 'tomo', 'config.json');
}

/** The key "database" of the config file; it may hold a password, so others must not be able to read it. */
function readConfig(file: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
    throw new TomoError('INVALID_INPUT', `Cannot read the config file ${file}.`, { cause: error });
  }
  if ((statSync(file).mode & 0o077) !== 0 && process.platform !== 'win32') {
    throw new TomoError('INVALID_INPUT', `The config file ${file} can be read by other users.`, {
      hint: `It may hold a password: chmod 600 ${file}`,
    });
  }
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (cause) {
    throw new TomoError('INVALID_INPUT', `The config file ${file} is not JSON.`, { hint: 'Expected: {"database": "postgres://…"}', cause });
  }
  const database = config && typeof config === 'object' && 'database' in config ? config.database : undefined;
  if (database !== undefined && typeof database !== 'string') {
    throw new TomoError('INVALID_INPUT', `"database" in the config file ${file} is not a text.`);
  }
  return database;
}

function homeOf(env: NodeJS.ProcessEnv): string {
  return env.HOME || homedir();
}
