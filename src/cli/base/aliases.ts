import { normalizeArgv } from '@oclif/core/help';
import type { Config } from '@oclif/core/interfaces';
import { invalidInput } from '../../model/errors.ts';
import { readConfig } from '../connect/config-file.ts';
import { aliasWords, hasOpenQuote } from './alias-words.ts';
import { spelled } from './spellings.ts';
import { unknownCommand } from './unknown-command.ts';

/** A command with its arguments, as oclif takes them. */
export interface Expanded {
  id: string;
  argv: string[];
}

/**
 * The command that the first word stands for in the config file, with the other words behind it; undefined:
 * it stands for none.
 */
export function expandAlias(
  [name = '', ...rest]: readonly string[],
  config: Config,
  env: NodeJS.ProcessEnv,
  missing?: (digit: string) => string,
): Expanded | undefined {
  const { aliases = {} } = readConfig(env);
  const text = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
  return text === undefined ? undefined : expand(text, rest, config, missing);
}

/**
 * What an alias stands for. Throws INVALID_INPUT where it names no command, has a quote that is not closed, or an
 * argument that is not there, unless something else is put in its place.
 */
export function expand(
  text: string,
  rest: readonly string[],
  config: Config,
  missing = (digit: string): string => {
    throw invalidInput(`The alias for "${text}" takes an argument ${digit}.`);
  },
): Expanded {
  if (hasOpenQuote(text)) throw invalidInput(`A quote is not closed in an alias: ${text}`);
  const typed = spelled(aliasWords(text, rest, missing));
  const [id = '', ...argv] = normalizeArgv(config, [...typed]);
  if (!config.findCommand(id)) {
    const { message, hint } = unknownCommand(typed, config);
    throw invalidInput(message, hint);
  }
  return { id, argv };
}
