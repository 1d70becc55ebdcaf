import { exit } from '@oclif/core/errors';
import type { Config } from '@oclif/core/interfaces';
import { TomoError } from '../../model/errors.ts';
import { printableText } from '../../views/printable.ts';
import { type Expanded, expandAlias } from './aliases.ts';
import { spelled } from './spellings.ts';
import { unknownCommand } from './unknown-command.ts';

/** Runs an alias that the operator has made. Anything else is a usage error, exit 2: nothing is run in its place. */
export async function notFound(config: Config): Promise<unknown> {
  // the id has the words joined by colons, which an address has, too
  const typed = spelled(process.argv.slice(2));
  let alias: Expanded | undefined;
  try {
    alias = expandAlias(typed, config, process.env);
  } catch (error) {
    if (!(error instanceof TomoError)) throw error;
    return fail(error);
  }
  if (alias) return config.runCommand(alias.id, alias.argv);
  const flagAt = typed.findIndex((word, i) => i > 0 && word.startsWith('-'));
  return fail(unknownCommand(flagAt < 0 ? typed : typed.slice(0, flagAt), config));
}

function fail({ message, hint }: { message: string; hint?: string | undefined }): never {
  process.stderr.write(`Error: ${printableText(message)}\n${hint ? `${printableText(hint)}\n` : ''}`);
  return exit(2);
}
