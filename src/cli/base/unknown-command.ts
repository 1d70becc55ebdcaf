import type { Config } from '@oclif/core/interfaces';
import { optionWords, shellWord } from '../../domain/text/shell-word.ts';
import { withoutTokens } from '../../domain/text/token-text.ts';
import { printable } from '../../views/printable.ts';
import { adviceOn } from './advice.ts';
import type { Changes } from './base-command.ts';
import { adviceOnFlag } from './flag-advice.ts';
import { suggestion } from './suggestion.ts';

/** What to say of words that name no command, and what was probably meant. `flags`: what was typed behind them. */
export function unknownCommand(
  typed: readonly string[],
  config: Config,
  flags: readonly string[] = [],
): { message: string; hint: string } {
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
      hint: [meantBy(extra, known, { flags, commands }), `See tomo ${known} --help`].filter(Boolean).join('\n'),
    };
  }
  const topics = config.topics
    .map(({ name }) => name)
    .filter((topic) => commands.some(({ name }) => name.startsWith(`${topic} `)));
  const isFlag = words[0]?.startsWith('-') === true;
  const likely = isFlag ? undefined : withArguments(words, suggestion(words, { commands, topics }), topics);
  const see = isFlag
    ? (adviceOnFlag(words[0] ?? '') ?? 'Flags come after the command: tomo session list --quiet')
    : 'See tomo --help';
  return {
    message: `"tomo ${words.join(' ')}" is not a command.`,
    hint: adviceOn(words, flags) ?? (likely ? `Did you mean tomo ${likely}?` : see),
  };
}

/** What is revoked by name, and neither an id nor an address, is a user. */
function withArguments(words: readonly string[], likely: string | undefined, topics: readonly string[]) {
  const given = words.slice(topics.includes(words[0] ?? '') ? 2 : 1);
  const [first] = given;
  if (!likely?.match(/^session revoke(-user)?$/) || first === undefined || ID.test(first)) return likely;
  return IP.test(first)
    ? `session revoke ${given.map((word) => optionWords('ip', word)).join(' ')}`
    : `session revoke-user ${given.map(shellWord).join(' ')}`;
}

/** First digits of an id, if one of them is none of a word, or a number. */
const ID = /^([\da-f]{8}[\da-f-]*|(?=\D*\d)[\da-f]{4,}|\d+)$/i;

/** An address or a network. */
const IP = /^(\d{1,3}(\.\d{1,3}){3}|[\da-f]*:[\da-f:]+)(\/\d{1,3})?$/i;

/** What looks like this is probably the value of that filter. Whoever names no flag most often means a user. */
const FILTERS: readonly [flag: string, looks: RegExp][] = [
  ['ip', IP],
  ['state', /^(active|expired|logged-out|evicted|revoked|ended|all)$/],
  ['country', /^[A-Z]{2}$/],
  ['user', /^[^\s-]\S*$/],
];

/** What was meant by words behind a command that takes none: one row to show, or a filter. */
function meantBy(
  words: readonly string[],
  command: string,
  { flags, commands }: { flags: readonly string[]; commands: readonly { name: string }[] },
): string | undefined {
  const [first = '', second] = words;
  const show = command.replace(/ list$/, ' show');
  const isShown = words.length === 1 && ID.test(first) && commands.some(({ name }) => name === show);
  if (isShown) return `Did you mean tomo ${show} ${first}?`;
  const values = words.length === 2 && flags.includes(first) && second !== undefined ? [second] : words;
  const found = values.map((value) => FILTERS.find(([flag, looks]) => flags.includes(flag) && looks.test(value))?.[0]);
  const [flag] = values === words ? found : [first];
  if (flag === undefined || found.some((other) => values === words && other !== flag)) return undefined;
  return `Did you mean tomo ${command} ${values.map((value) => optionWords(flag, value)).join(' ')}?`;
}
