import { homedir } from 'node:os';
import { join } from 'node:path';
import { didYouMean } from '../../domain/text/did-you-mean.ts';
import { invalidInput, TomoError } from '../../model/errors.ts';
import { type ContextEntry, checkContexts } from './contexts.ts';
import { readPrivateFile } from './secret-file.ts';

/** The keys of the config file: what must not be in the database, since it is a secret or depends on the machine. */
const KEYS = {
  database: 'text',
  aliases: 'aliases',
  contexts: 'contexts',
  context: 'text',
  jwtSecretKeyFile: 'text',
  jwtPreviousSecretKeyFiles: 'list',
  smtpUrl: 'text',
  mailFrom: 'text',
  mailTo: 'text',
  webhookUrl: 'text',
  webhookSecretFile: 'text',
  webhookAllow: 'list',
  geoCityDatabase: 'text',
  geoAsnDatabase: 'text',
} as const;

/** What a key of each kind holds. */
interface Kinds {
  text: string;
  list: string[];
  aliases: Record<string, string>;
  contexts: Record<string, ContextEntry>;
}

export type Config = { [K in keyof typeof KEYS]?: Kinds[(typeof KEYS)[K]] };

/** Of this user: $XDG_CONFIG_HOME/tomo/config.json. */
export function configPath(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CONFIG_HOME || join(homeOf(env), '.config'), 'tomo', 'config.json');
}

/**
 * What the config file says; nothing when there is none. Others must not read it, since it may hold passwords, nor have
 * written it: root would act on what another user's file says, as under sudo with that user's HOME.
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const file = configPath(env);
  let found: ReturnType<typeof readPrivateFile>;
  try {
    found = readPrivateFile(file, 'config');
  } catch (error) {
    const code = error instanceof Error && error.cause instanceof Error && 'code' in error.cause && error.cause.code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    throw error;
  }
  if (![0, process.geteuid?.() ?? found.uid].includes(found.uid)) {
    throw invalidInput(`The config file ${file} belongs to another user.`, `If it is right: chown root ${file}`);
  }
  let config: unknown;
  try {
    config = JSON.parse(found.bytes.toString());
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

function checkConfig(config: unknown, file: string): asserts config is Config {
  if (!isRecord(config)) {
    throw invalidInput(`The config file ${file} is not a JSON object.`, 'Expected: {"database": "postgres://…"}');
  }
  const kinds = new Map<string, keyof Kinds>(Object.entries(KEYS));
  for (const [key, value] of Object.entries(config)) {
    const kind = kinds.get(key);
    if (!kind) {
      const hint = didYouMean(key, [...kinds.keys()]) ?? `The keys are: ${[...kinds.keys()].join(', ')}.`;
      throw invalidInput(`There is no key "${key}" for the config file ${file}.`, hint);
    }
    if (kind === 'contexts') {
      checkContexts(value, file);
      continue;
    }
    if (kind === 'aliases') {
      if (isRecord(value) && Object.values(value).every((text) => typeof text === 'string')) continue;
      throw invalidInput(`"aliases" in the config file ${file} is not an object of texts.`);
    }
    const texts = kind === 'text' ? [value] : value;
    if (Array.isArray(texts) && texts.includes('')) {
      throw invalidInput(`"${key}" in the config file ${file} is empty.`, 'Fill it in, or leave it out.');
    }
    if (Array.isArray(texts) && texts.every((item) => typeof item === 'string')) continue;
    throw invalidInput(`"${key}" in the config file ${file} is not ${kind === 'text' ? 'a text' : 'a list of texts'}.`);
  }
}

export function homeOf(env: NodeJS.ProcessEnv): string {
  return env.HOME || homedir();
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
