import type { Hook } from '@oclif/core/interfaces';
import { type Expanded, expandAlias } from '../cli/base/aliases.ts';
import { spelled } from '../cli/base/spellings.ts';
import { unknownCommand } from '../cli/base/unknown-command.ts';
import { TomoError } from '../model/errors.ts';
import { printableText } from '../views/printable.ts';

/** Runs an alias that the operator has made. Anything else is a usage error, exit 2: nothing is run in its place. */
const hook: Hook.CommandNotFound = async function ({ config }) {
  // the id has the words joined by colons, which an address has, too
  const typed = spelled(process.argv.slice(2));
  const fail = ({ message, hint }: { message: string; hint?: string | undefined }) => {
    process.stderr.write(`Error: ${printableText(message)}\n${hint ? `${printableText(hint)}\n` : ''}`);
    this.exit(2);
  };
  let alias: Expanded | undefined;
  try {
    alias = expandAlias(typed, config, process.env);
  } catch (error) {
    if (!(error instanceof TomoError)) throw error;
    fail(error);
  }
  if (alias) return config.runCommand(alias.id, alias.argv);
  const flagAt = typed.findIndex((word, i) => i > 0 && word.startsWith('-'));
  return fail(unknownCommand(flagAt < 0 ? typed : typed.slice(0, flagAt), config));
};

export default hook;
