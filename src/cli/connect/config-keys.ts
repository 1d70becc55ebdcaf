import { didYouMean } from '../../domain/text/did-you-mean.ts';
import { invalidInput } from '../../model/errors.ts';
import { type ContextEntry, checkContexts } from './contexts.ts';

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
  listFormat: 'text',
  listColumns: 'lists',
  pager: 'text',
} as const;

/** What a key of each kind holds. */
interface Kinds {
  text: string;
  list: string[];
  lists: Record<string, string[]>;
  aliases: Record<string, string>;
  contexts: Record<string, ContextEntry>;
}

export type Config = { [K in keyof typeof KEYS]?: Kinds[(typeof KEYS)[K]] };

/** Throws INVALID_INPUT where it is not what a config file may hold. */
export function checkConfig(config: unknown, file: string): asserts config is Config {
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
    if (kind === 'lists') {
      const isList = (list: unknown) => Array.isArray(list) && list.every((text) => typeof text === 'string');
      if (isRecord(value) && Object.values(value).every(isList)) continue;
      throw invalidInput(`"${key}" in the config file ${file} is not an object of lists of texts.`);
    }
    // an empty pager is none
    if (key === 'pager' && value === '') continue;
    const texts = kind === 'text' ? [value] : value;
    if (Array.isArray(texts) && texts.includes('')) {
      throw invalidInput(`"${key}" in the config file ${file} is empty.`, 'Fill it in, or leave it out.');
    }
    if (Array.isArray(texts) && texts.every((item) => typeof item === 'string')) continue;
    throw invalidInput(`"${key}" in the config file ${file} is not ${kind === 'text' ? 'a text' : 'a list of texts'}.`);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
