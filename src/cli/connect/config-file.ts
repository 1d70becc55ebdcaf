import { homedir } from 'node:os';
import { join } from 'node:path';
import stripJsonComments from 'strip-json-comments';
import { hasSecrets } from '../../db/port/url-text.ts';
import { readPlainFile } from '../../domain/file/plain-file.ts';
import { invalidInput, TomoError } from '../../model/errors.ts';
import { type Config, checkConfig } from './config-keys.ts';
import { readPrivateFile } from './secret-file.ts';

/** Of this user: $XDG_CONFIG_HOME/tomo/config.json. */
export function configPath(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CONFIG_HOME || join(homeOf(env), '.config'), 'tomo', 'config.json');
}

/** Of this machine, for everybody; empty where there is none. */
export function systemConfigPath(env: NodeJS.ProcessEnv): string {
  return env.TOMO_SYSTEM_CONFIG ?? (process.platform === 'win32' ? '' : '/etc/tomo/config.json');
}

/**
 * What the config files say: that of the user, and where it says nothing, that of the machine. Contexts and aliases
 * are those of both. Where the user's names a database, or a context, the other one's is none.
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const own = readOwnConfig(env);
  const system = readSystemConfig(env);
  const { database, context, ...rest } = system;
  return {
    ...(own.database === undefined && own.context === undefined ? system : rest),
    ...own,
    ...(system.contexts && { contexts: { ...system.contexts, ...own.contexts } }),
    ...(system.aliases && { aliases: { ...system.aliases, ...own.aliases } }),
  };
}

/** The file that says something: that of the machine where only it does. */
export function configFileOf(env: NodeJS.ProcessEnv, says: (config: Config) => boolean): string {
  return !says(readOwnConfig(env)) && says(readSystemConfig(env)) ? systemConfigPath(env) : configPath(env);
}

/**
 * What the config file of this user says; nothing when there is none. Others must not read it, since it
 * may hold passwords, nor have written it: root would act on what another user's file says, as under sudo
 * with that user's HOME.
 */
export function readOwnConfig(env: NodeJS.ProcessEnv): Config {
  const file = configPath(env);
  const found = unlessMissing(['ENOENT', 'ENOTDIR'], () => readPrivateFile(file, 'config'));
  if (!found) return {};
  checkOwner(file, found.uid);
  return parse(found.bytes.toString(), file);
}

/**
 * What the config file of the machine says; nothing where there is none, or it is not for this user to read. It may
 * have comments, since nothing but an editor writes it.
 */
export function readSystemConfig(env: NodeJS.ProcessEnv): Config {
  const file = systemConfigPath(env);
  if (file === '') return {};
  let mode = 0;
  const check = (stat: { mode: number }) => {
    mode = stat.mode;
  };
  const found = unlessMissing(['ENOENT', 'ENOTDIR', 'EACCES'], () =>
    readPlainFile(file, 'config', { megabytes: 10, check }),
  );
  if (!found) return {};
  checkOwner(file, found.uid);
  if ((mode & 0o022) !== 0) throw invalidInput(`Others may write to the config file ${file}.`, `chmod go-w ${file}`);
  const config = parse(stripJsonComments(found.bytes.toString(), { trailingCommas: true }), file);
  if ((mode & 0o004) !== 0 && holdsPassword(config)) {
    throw invalidInput(
      `Everybody can read the config file ${file}, and a password stands in it.`,
      `chmod 640 ${file}, with a group that may know it; or ~/.pgpass`,
    );
  }
  return config;
}

function holdsPassword({ database = '', contexts = {}, smtpUrl = '' }: Config): boolean {
  const urls = [database, ...Object.values(contexts).map((context) => context.database)];
  return urls.some(hasSecrets) || /:\/\/[^/]*:[^/]*@/.test(smtpUrl);
}

function unlessMissing<T>(codes: readonly string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && error.cause instanceof Error && 'code' in error.cause && error.cause.code;
    if (codes.includes(String(code))) return undefined;
    throw error;
  }
}

function checkOwner(file: string, uid: number): void {
  if ([0, process.geteuid?.() ?? uid].includes(uid)) return;
  throw invalidInput(`The config file ${file} belongs to another user.`, `If it is right: chown root ${file}`);
}

function parse(text: string, file: string): Config {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (cause) {
    throw new TomoError('INVALID_INPUT', `The config file ${file} is not JSON.`, {
      hint: 'Expected: {"database": "postgres://…"}',
      cause,
    });
  }
  checkConfig(config, file);
  return config;
}

/** The same with this context as the current one, or with none. */
export function withCurrent(config: Config, name: string | undefined): Config {
  const { context, ...others } = config;
  return name === undefined ? others : { ...config, context: name };
}

export function homeOf(env: NodeJS.ProcessEnv): string {
  return env.HOME || homedir();
}
