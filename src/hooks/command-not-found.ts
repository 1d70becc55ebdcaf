import type { Hook } from '@oclif/core/interfaces';
import { nearest } from '../domain/text/did-you-mean.ts';
import { withoutTokens } from '../domain/text/token-text.ts';
import { printable } from '../views/printable.ts';

/** What other programs call it. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ls: 'session list',
  w: 'session list',
  who: 'session list',
  kill: 'session revoke',
  kick: 'session revoke',
  logout: 'session revoke',
  undo: 'session restore',
};

/** An unknown command is a usage error: exit 2, with what was probably meant. Nothing is run in its place. */
const hook: Hook.CommandNotFound = async function ({ config, id }) {
  const words = id.split(':').map((word) => printable(withoutTokens(word)));
  const commands = config.commands
    .filter((command) => !command.hidden)
    .map((command) => command.id.replaceAll(':', ' '));
  const leading = words.map((_, i) => words.slice(0, words.length - i).join(' '));
  // oclif takes arguments for parts of the name where no command has both
  const known = leading.find((name) => commands.includes(name));
  const message = known
    ? `tomo ${known} takes no argument "${words.slice(known.split(' ').length).join(' ')}".`
    : `"tomo ${words.join(' ')}" is not a command.`;
  const [meant] = leading.flatMap((name) => nearest(name, commands));
  const [first = ''] = words;
  const [topic] = nearest(
    first,
    config.topics.filter(({ hidden }) => !hidden).map(({ name }) => name),
  );
  const other = Object.hasOwn(ELSEWHERE, first)
    ? ELSEWHERE[first]
    : commands.find((command) => command.endsWith(` ${first}`) && command.startsWith('session '));
  const likely = meant ?? other ?? topic;
  const hint = known ? `See tomo ${known} --help` : likely ? `Did you mean tomo ${likely}?` : 'See tomo --help';
  process.stderr.write(`Error: ${message}\n${hint}\n`);
  this.exit(2);
};

export default hook;
