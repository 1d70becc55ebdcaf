import { resolve } from 'node:path';
import { shellQuote } from '../../domain/text/shell-quote.ts';
import { configFileOf, configPath } from './config-file.ts';
import type { Connection } from './connection.ts';
import { absoluteReference } from './server-reference.ts';

/**
 * The variables by which a job meets the same database and server, with their values where these are no secrets; and
 * the config file that it needs for them, if any. `ownFile`: it runs as this user, who has that file.
 */
export function connectionVariables(
  { target, context, server }: Connection,
  env: NodeJS.ProcessEnv,
  ownFile: boolean,
): { variables: string[]; configFile: string | null } {
  const byName = ownFile ? context : null;
  const url =
    target.kind === 'embedded' ? 'embedded' : target.kind === 'sqlite' ? `sqlite:${resolve(target.path)}` : null;
  const named = server && !(byName && server.origin.startsWith('the context')) ? absoluteReference(server) : null;
  const variables = [
    byName
      ? `TOMO_CONTEXT=${byName.name}`
      : url === null
        ? 'TOMO_DATABASE_URL'
        : `TOMO_DATABASE_URL=${shellQuote(url)}`,
    ...(byName && env.XDG_CONFIG_HOME ? [`XDG_CONFIG_HOME=${shellQuote(env.XDG_CONFIG_HOME)}`] : []),
    ...(named ? [`TOMO_SERVER=${shellQuote(named)}`] : []),
  ];
  const file = byName && configFileOf(env, ({ contexts = {} }) => Object.hasOwn(contexts, byName.name));
  // that of the machine is there for everybody
  return { variables, configFile: file === configPath(env) ? file : null };
}
