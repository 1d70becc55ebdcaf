import { exit } from '@oclif/core/errors';
import type { Config } from '@oclif/core/interfaces';
import { TomoError } from '../../model/errors.ts';
import { printableText } from '../../views/printable.ts';
import { type Expanded, expandAlias } from './aliases.ts';
import { unknownCommand } from './unknown-command.ts';

/**
 * Runs an alias that the operator has made, or shows what it stands for with `help`. Anything else is a usage error,
 * exit 2: nothing is run in its place.
 */
export async function notFound(
  config: Config,
  typed: readonly string[],
  help?: (id: string) => Promise<void>,
): Promise<unknown> {
  let alias: Expanded | undefined;
  try {
    // help is asked for without arguments
    alias = expandAlias(typed, config, process.env, help && ((digit) => `$${digit}`));
  } catch (error) {
    if (!(error instanceof TomoError)) throw error;
    return fail(error);
  }
  if (alias) return help ? help(alias.id) : config.runCommand(alias.id, alias.argv);
  const flagAt = typed.findIndex((word, i) => i > 0 && word.startsWith('-'));
  const words = flagAt < 0 ? typed : typed.slice(0, flagAt);
  return fail(unknownCommand(words, config, typed.slice(words.length)));
}

function fail({ message, hint }: { message: string; hint?: string | undefined }): never {
  process.stderr.write(`Error: ${printableText(message)}\n${hint ? `${printableText(hint)}\n` : ''}`);
  return exit(2);
}
