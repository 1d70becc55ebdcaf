import { normalizeArgv } from '@oclif/core/help';
import type { Config } from '@oclif/core/interfaces';
import { invalidInput } from '../../model/errors.ts';
import { readConfig } from '../connect/config-file.ts';
import { spelled } from './spellings.ts';
import { unknownCommand } from './unknown-command.ts';

/** A command with its arguments, as oclif takes them. */
export interface Expanded {
  id: string;
  argv: string[];
}

/** The command that the first word stands for in the config file, with the other words behind it; undefined: it stands for none. */
export function expandAlias(
  [name = '', ...rest]: readonly string[],
  config: Config,
  env: NodeJS.ProcessEnv,
): Expanded | undefined {
  const { aliases = {} } = readConfig(env);
  const text = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
  return text === undefined ? undefined : expand(text, rest, config);
}

/**
 * What an alias stands for: $1, $2 … are the arguments, those that it does not name come behind it. Throws INVALID_INPUT
 * where it names no command, or an argument that is not there.
 */
export function expand(text: string, rest: readonly string[], config: Config): Expanded {
  const used = new Set<number>();
  const words = split(text).map((word) =>
    word.replaceAll(/\$(\d)/g, (_, digit: string) => {
      used.add(Number(digit) - 1);
      const value = rest[Number(digit) - 1];
      if (value === undefined) throw invalidInput(`The alias for "${text}" takes an argument ${digit}.`);
      return value;
    }),
  );
  const typed = spelled([...words, ...rest.filter((_, i) => !used.has(i))]);
  const [id = '', ...argv] = normalizeArgv(config, [...typed]);
  if (!config.findCommand(id)) {
    const { message, hint } = unknownCommand(typed, config);
    throw invalidInput(message, hint);
  }
  return { id, argv };
}

/** How many arguments an alias names. */
export function argumentsIn(text: string): number {
  return Math.max(0, ...[...text.matchAll(/\$(\d)/g)].map(([, digit]) => Number(digit)));
}

/** Words as a shell takes them: quotes hold them together. */
function split(text: string): string[] {
  const words = text.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single));
}
