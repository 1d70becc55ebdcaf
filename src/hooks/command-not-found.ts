import type { Hook } from '@oclif/core/interfaces';
import type { Changes } from '../cli/base/base-command.ts';
import { suggestion } from '../cli/base/suggestion.ts';
import { withoutTokens } from '../domain/text/token-text.ts';
import { printable } from '../views/printable.ts';

/** An unknown command is a usage error: exit 2, with what was probably meant. Nothing is run in its place. */
const hook: Hook.CommandNotFound = async function ({ config, id }) {
  const words = id.split(':').map((word) => printable(withoutTokens(word)));
  const commands = config.commands
    .filter((command) => !command.hidden)
    .map(({ id, changes = false }) => ({ name: id.replaceAll(':', ' '), changes: changes as Changes }));
  const leading = words.map((_, i) => words.slice(0, words.length - i).join(' '));
  // oclif takes arguments for parts of the name where no command has both
  const known = leading.find((name) => commands.some((command) => command.name === name));
  const message = known
    ? `tomo ${known} takes no argument "${words.slice(known.split(' ').length).join(' ')}".`
    : `"tomo ${words.join(' ')}" is not a command.`;
  const topics = config.topics.filter(({ hidden }) => !hidden).map(({ name }) => name);
  const likely = suggestion(words, { commands, topics });
  const see = id.startsWith('-') ? 'Flags come after the command: tomo session list --quiet' : 'See tomo --help';
  const hint = known ? `See tomo ${known} --help` : likely ? `Did you mean tomo ${likely}?` : see;
  process.stderr.write(`Error: ${message}\n${hint}\n`);
  this.exit(2);
};

export default hook;
