import type { Hook } from '@oclif/core/interfaces';
import { nearest } from '../domain/did-you-mean.ts';
import { printable } from '../views/printable.ts';

/** An unknown command is a usage error: exit 2, with what was probably meant. Nothing is run in its place. */
const hook: Hook.CommandNotFound = async function ({ config, id }) {
  const typed = printable(id.replaceAll(':', ' '));
  const ids = config.commands.filter((command) => !command.hidden).map((command) => command.id.replaceAll(':', ' '));
  const [suggestion] = nearest(typed, ids);
  process.stderr.write(`Error: "tomo ${typed}" is not a command.\n${suggestion ? `Did you mean tomo ${suggestion}?` : 'See tomo --help'}\n`);
  this.exit(2);
};

export default hook;
