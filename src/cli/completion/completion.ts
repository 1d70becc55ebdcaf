import type { Command } from '@oclif/core/command';
import type { Candidate, CandidateKind } from '../../domain/list/completion.ts';
import { PRESETS } from '../../domain/settings/keys.ts';
import { SETTING_KEYS, SETTINGS } from '../../model/settings.ts';
import { HELP_TOPICS } from '../base/help-topics.ts';
import type { ConnectionNames } from '../connect/connection.ts';

/** What completion knows of a command: oclif has it from the manifest. */
export type CommandShape = Pick<Command.Cached, 'id' | 'summary' | 'args' | 'strict' | 'flags'>;

/** Of the database, or of the config file. */
export type DynamicKind = CandidateKind | 'context';

/**
 * What can stand where the cursor is: known values, files, which the shell knows, or values to be looked up that
 * begin with `start`.
 */
export type Completion =
  | { candidates: Candidate[] }
  | { files: true }
  // `users`: of these alone
  | { dynamic: DynamicKind; start: string; prefix: string; users?: string[] };

const FLAG_KINDS: Record<string, DynamicKind> = {
  context: 'context',
  user: 'user',
  keep: 'session',
  device: 'device',
  'related-to': 'session',
  session: 'session',
};
/** What else takes the name of a file than a flag whose value help calls one. */
const FILE_FLAGS = ['server'];
const FILE_ARGUMENTS = ['token:inspect token'];
const ARGUMENT_KINDS: Record<string, DynamicKind> = { username: 'user', revocation: 'revocation', context: 'context' };
/** What an `id` is of, by the topic of the command. */
const TOPIC_KINDS: Record<string, CandidateKind> = { session: 'session', device: 'device', alert: 'alert' };
/** Of arguments with known values. */
const ARGUMENT_VALUES: Record<string, (command: CommandShape) => Candidate[]> = {
  key: () => SETTING_KEYS.map((value) => ({ value, about: SETTINGS[value].meaning })),
  name: ({ id }) => Object.keys(id === 'config:preset' ? PRESETS : {}).map(plain),
};

/** What help explains beside commands. */
const EXPLAINED = Object.entries(HELP_TOPICS).map(([value, { summary }]) => ({ value, about: summary }));

/** `words` are those behind the program's name, up to the cursor; the last one is being typed and may be empty. */
export function complete(
  words: readonly string[],
  commands: readonly CommandShape[],
  topics: Readonly<Record<string, string>>,
): Completion {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const { command, path, positionals } = locate(before, commands);
  // help names an opposite with the filter that it belongs to
  const flags = Object.values(command?.flags ?? {}).filter(({ hidden, name }) => !hidden || name.startsWith('not-'));
  const flagOf = (word: string | undefined) => flagNamed(word, flags);

  const keeping = (completion: Completion, flag: { name: string } | undefined): Completion =>
    'dynamic' in completion && flag?.name === 'keep'
      ? { ...completion, users: [...usersNamed(before), ...(command?.id === 'session:revoke-user' ? positionals : [])] }
      : completion;

  const [, inline, typed = ''] = /^(--[\w-]+)=(.*)$/.exec(current) ?? [];
  if (inline) return keeping(valuesOf(flagOf(inline), typed, `${inline}=`), flagOf(inline));
  // bash takes "--state=ac" apart at the equals sign
  if (current === '=') return keeping(valuesOf(flagOf(before.at(-1)), '', ''), flagOf(before.at(-1)));
  if (before.at(-1) === '=') return keeping(valuesOf(flagOf(before.at(-2)), current, ''), flagOf(before.at(-2)));
  const open = flagOf(before.at(-1));
  if (open?.type === 'option') return keeping(valuesOf(open, current, ''), open);
  if (current.startsWith('-')) {
    const used = new Set(before);
    return starting(
      current,
      flags
        .filter((flag) => (flag.type === 'option' && flag.multiple) || !used.has(`--${flag.name}`))
        .map((flag) => ({ value: `--${flag.name}`, about: firstSentence(flag.summary ?? flag.description) })),
    );
  }
  if (command?.id === 'help') {
    const explained = positionals.length > 0 ? [] : EXPLAINED;
    return starting(current, [...subcommands(positionals, commands, topics), ...explained]);
  }
  const children = positionals.length > 0 ? [] : subcommands(path, commands, topics);
  if (children.length > 0) return starting(current, children);
  return command ? argument(command, positionals, current) : { candidates: [] };
}

/** The users that the words name. */
function usersNamed(words: readonly string[]): string[] {
  return words.flatMap((word, i) => {
    const [, inline] = /^(?:--user(?:name)?=|-u=?)(.+)$/.exec(word) ?? [];
    if (inline !== undefined) return [inline];
    const next = words[i + 1] === '=' ? words[i + 2] : words[i + 1];
    return /^(--user|--username|-u)$/.test(word) && next !== undefined ? [next] : [];
  });
}

/** The database and server that the words name, for values that are looked up there. */
export function namedConnection(words: readonly string[]): ConnectionNames {
  const given = (flag: string) => {
    const at = words.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
    if (at < 0) return undefined;
    const [, inline] = words[at]?.split(/=(.*)/s) ?? [];
    // bash takes "--context=shop" apart at the equals sign
    return inline ?? (words[at + 1] === '=' ? words[at + 2] : words[at + 1]);
  };
  return { database: given('--database'), context: given('--context'), server: given('--server') };
}

/** The command that the words name, as far as they do, and its arguments. */
function locate(words: readonly string[], commands: readonly CommandShape[]) {
  const path: string[] = [];
  const positionals: string[] = [];
  let command: CommandShape | undefined;
  const takesValue = (word: string | undefined) =>
    word === '=' || flagNamed(word, Object.values(command?.flags ?? {}))?.type === 'option';
  for (const [i, word] of words.entries()) {
    const next = [...path, word].join(':');
    if (positionals.length === 0 && commands.some(({ id }) => id === next || id.startsWith(`${next}:`))) {
      path.push(word);
      command = commands.find(({ id }) => id === next);
    } else if (!word.startsWith('-') && word !== '=' && !takesValue(words[i - 1])) positionals.push(word);
  }
  return { command, path, positionals };
}

function flagNamed(word: string | undefined, flags: readonly Command.Flag.Cached[]) {
  return flags.find(({ name, char, aliases = [] }) => {
    const spellings = [name, ...aliases].map((spelling) => `--${spelling}`);
    return word !== undefined && (spellings.includes(word) || (char !== undefined && word === `-${char}`));
  });
}

function subcommands(
  path: readonly string[],
  commands: readonly CommandShape[],
  topics: Readonly<Record<string, string>>,
): Candidate[] {
  const start = path.map((word) => `${word}:`).join('');
  const found = new Map<string, string>();
  for (const { id, summary } of commands) {
    if (!id.startsWith(start) || id === start) continue;
    const [name = '', ...more] = id.slice(start.length).split(':');
    if (more.length === 0) found.set(name, firstSentence(summary));
    else if (!found.has(name)) found.set(name, topics[start + name] ?? '');
  }
  return [...found].map(([value, about]) => ({ value, about }));
}

function argument(command: CommandShape, positionals: readonly string[], current: string): Completion {
  const args = Object.values(command.args);
  const arg = args[positionals.length] ?? (command.strict === false ? args.at(-1) : undefined);
  if (!arg) return { candidates: [] };
  if (FILE_ARGUMENTS.includes(`${command.id} ${arg.name}`)) return { files: true };
  const values = arg.options?.map(plain) ?? ARGUMENT_VALUES[arg.name]?.(command);
  if (values) return starting(current, values);
  const kind = arg.name === 'id' ? TOPIC_KINDS[command.id.split(':')[0] ?? ''] : ARGUMENT_KINDS[arg.name];
  return kind ? { dynamic: kind, start: current, prefix: '' } : { candidates: [] };
}

function valuesOf(flag: Command.Flag.Cached | undefined, typed: string, prefix: string): Completion {
  if (!flag) return { candidates: [] };
  const kind = FLAG_KINDS[flag.name.replace(/^not-/, '')];
  if (kind) return { dynamic: kind, start: typed, prefix };
  if (FILE_FLAGS.includes(flag.name) || (flag.type === 'option' && flag.helpValue === '<file>')) return { files: true };
  const { options = [], delimiter } = flag.type === 'option' ? flag : {};
  const done = delimiter ? typed.slice(0, typed.lastIndexOf(delimiter) + 1) : '';
  const taken = done.split(delimiter ?? '');
  const names = options.filter((name) => !taken.includes(name));
  return starting(
    prefix + typed,
    names.map((name) => plain(prefix + done + name)),
  );
}

function starting(start: string, candidates: Candidate[]): Completion {
  return { candidates: candidates.filter(({ value }) => value.startsWith(start)) };
}

function plain(value: string): Candidate {
  return { value, about: '' };
}

function firstSentence(text = ''): string {
  return text.split(/[.:;](\s|$)/)[0] ?? '';
}
