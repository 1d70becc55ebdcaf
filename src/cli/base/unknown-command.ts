import type { Config } from '@oclif/core/interfaces';
import { withoutTokens } from '../../domain/text/token-text.ts';
import { printable } from '../../views/printable.ts';
import { adviceOn } from './advice.ts';
import type { Changes } from './base-command.ts';
import { suggestion } from './suggestion.ts';

/** What to say of words that name no command, and what was probably meant. */
export function unknownCommand(typed: readonly string[], config: Config): { message: string; hint: string } {
  const words = typed.map((word) => printable(withoutTokens(word)));
  const commands = config.commands
    .filter((command) => !command.hidden)
    .map(({ id, changes = false }) => ({ name: id.replaceAll(':', ' '), changes: changes as Changes }));
  const leading = words.map((_, i) => words.slice(0, words.length - i).join(' '));
  // oclif takes arguments for parts of the name where no command has both
  const known = leading.find((name) => commands.some((command) => command.name === name));
  if (known) {
    const extra = words.slice(known.split(' ').length);
    const flags = Object.keys(config.findCommand(known.replaceAll(' ', ':'))?.flags ?? {});
    return {
      message: `tomo ${known} takes no argument "${extra.join(' ')}".`,
      hint: [filterFor(extra, known, flags), `See tomo ${known} --help`].filter(Boolean).join('\n'),
    };
  }
  const topics = config.topics
    .map(({ name }) => name)
    .filter((topic) => commands.some(({ name }) => name.startsWith(`${topic} `)));
  const isFlag = words[0]?.startsWith('-') === true;
  const likely = isFlag ? undefined : suggestion(words, { commands, topics });
  const see = isFlag ? 'Flags come after the command: tomo session list --quiet' : 'See tomo --help';
  return {
    message: `"tomo ${words.join(' ')}" is not a command.`,
    hint: adviceOn(words) ?? (likely ? `Did you mean tomo ${likely}?` : see),
  };
}

/** What looks like this is probably the value of that filter. Whoever names no flag most often means a user. */
const FILTERS: readonly [flag: string, looks: RegExp][] = [
  ['ip', /^(\d{1,3}(\.\d{1,3}){3}|[\da-f]*:[\da-f:]+)(\/\d{1,3})?$/i],
  ['state', /^(active|expired|logged-out|evicted|revoked|ended|all)$/],
  ['user', /^[^\s-]\S*$/],
];

function filterFor([value, ...more]: readonly string[], command: string, flags: readonly string[]): string | undefined {
  if (value === undefined || more.length > 0) return undefined;
  const found = FILTERS.find(([flag, looks]) => flags.includes(flag) && looks.test(value));
  return found && `Did you mean tomo ${command} --${found[0]} ${value}?`;
}
