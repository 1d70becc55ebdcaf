import { resolve } from 'node:path';
import { parseServers } from '../../db/port/connection-url.ts';
import { hasSecrets } from '../../db/port/url-text.ts';
import { invalidInput } from '../../model/errors.ts';
import { type ConnectionNames, resolveConnection } from './connection.ts';
import type { ContextEntry } from './contexts.ts';
import { absoluteReference } from './server-reference.ts';

/**
 * What is kept of a context: nothing in it depends on the folder that one is in. Connects to nothing. Throws
 * INVALID_INPUT for what could never be opened.
 */
export function newContext(
  flags: ConnectionNames & { production: boolean },
  env: NodeJS.ProcessEnv,
): { entry: ContextEntry; hasPassword: boolean } {
  const { database } = flags;
  if (database === undefined) {
    throw invalidInput('Which database?', 'Say it by --database: a postgres:// URL, sqlite:FILE, or embedded.');
  }
  const { target, server } = resolveConnection(flags, { ...env, TOMO_SERVER: undefined });
  if (target.kind === 'postgres') parseServers(target.url, env);
  const entry = {
    database: target.kind === 'sqlite' ? `sqlite:${resolve(target.path)}` : database,
    ...(server ? { server: absoluteReference(server) } : {}),
    ...(flags.production ? { production: true } : {}),
  };
  return { entry, hasPassword: hasSecrets(database) };
}
