import type { Candidate, CandidateKind } from '../../domain/list/completion.ts';
import { PRESETS } from '../../domain/settings/keys.ts';
import { SETTING_KEYS, SETTINGS } from '../../model/settings.ts';
import { HELP_TOPICS } from '../base/help-topics.ts';

/** What completion knows of a command: oclif has it from the manifest. */
export interface CommandShape {
  /** "session:list" */
  id: string;
  summary?: string | undefined;
  args: Record<string, { name: string; options?: readonly string[] | undefined }>;
  strict?: boolean | undefined;
  flags: Record<
    string,
    {
      name: string;
      type: 'boolean' | 'option';
      char?: string | undefined;
      summary?: string | undefined;
      description?: string | undefined;
      options?: readonly string[] | undefined;
      multiple?: boolean | undefined;
      delimiter?: string | undefined;
      hidden?: boolean | undefined;
    }
  >;
}

/** What can stand where the cursor is: known values, or values of the database that begin with `start`. */
export type Completion = { candidates: Candidate[] } | { dynamic: CandidateKind; start: string; prefix: string };

const FLAG_KINDS: Record<string, CandidateKind> = {
  user: 'user',
  keep: 'session',
  'related-to': 'session',
  session: 'session',
};
const TOPIC_KINDS: Record<string, CandidateKind> = { session: 'session', device: 'device', alert: 'alert' };

/** `words` are those behind the program's name, up to the cursor; the last one is being typed and may be empty. */
export function complete(
  words: readonly string[],
  commands: readonly CommandShape[],
  topics: Readonly<Record<string, string>>,
): Completion {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const { command, path, positionals } = locate(before, commands);
  const flags = Object.values(command?.flags ?? {}).filter((flag) => !flag.hidden);
  const flagOf = (word: string | undefined) =>
    flags.find(({ name, char }) => word === `--${name}` || (char !== undefined && word === `-${char}`));

  const [, inline, typed = ''] = /^(--[\w-]+)=(.*)$/.exec(current) ?? [];
  if (inline) return valuesOf(flagOf(inline), typed, `${inline}=`);
  // bash takes "--state=ac" apart at the equals sign
  if (current === '=') return valuesOf(flagOf(before.at(-1)), '', '');
  if (before.at(-1) === '=') return valuesOf(flagOf(before.at(-2)), current, '');
  const open = flagOf(before.at(-1));
  if (open?.type === 'option') return valuesOf(open, current, '');
  if (current.startsWith('-')) {
    const used = new Set(before);
    return starting(
      current,
      flags
        .filter((flag) => flag.multiple || !used.has(`--${flag.name}`))
        .map((flag) => ({ value: `--${flag.name}`, about: firstSentence(flag.summary ?? flag.description) })),
    );
  }
  const children = positionals.length > 0 ? [] : subcommands(path, commands, topics);
  if (children.length > 0) return starting(current, children);
  return command ? argument(command, positionals, current) : { candidates: [] };
}

/** The command that the words name, as far as they do, and its arguments. */
function locate(words: readonly string[], commands: readonly CommandShape[]) {
  const path: string[] = [];
  const positionals: string[] = [];
  let command: CommandShape | undefined;
  for (const [i, word] of words.entries()) {
    const next = [...path, word].join(':');
    if (positionals.length === 0 && commands.some(({ id }) => id === next || id.startsWith(`${next}:`))) {
      path.push(word);
      command = commands.find(({ id }) => id === next);
    } else if (!word.startsWith('-') && word !== '=' && !takesValue(command, words[i - 1])) positionals.push(word);
  }
  return { command, path, positionals };
}

function takesValue(command: CommandShape | undefined, word: string | undefined): boolean {
  const flag = Object.values(command?.flags ?? {}).find(
    ({ name, char }) => word === `--${name}` || (char !== undefined && word === `-${char}`),
  );
  return flag?.type === 'option' || word === '=';
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
  if (arg.options) return starting(current, arg.options.map(plain));
  switch (arg.name) {
    case 'key':
      return starting(
        current,
        SETTING_KEYS.map((value) => ({ value, about: SETTINGS[value].meaning })),
      );
    case 'name':
      return starting(current, Object.keys(command.id === 'config:preset' ? PRESETS : {}).map(plain));
    case 'command':
      return starting(
        current,
        Object.entries(HELP_TOPICS).map(([value, { summary }]) => ({ value, about: summary })),
      );
    case 'username':
      return { dynamic: 'user', start: current, prefix: '' };
    case 'revocation':
      return { dynamic: 'revocation', start: current, prefix: '' };
    case 'id': {
      const kind = TOPIC_KINDS[command.id.split(':')[0] ?? ''];
      return kind ? { dynamic: kind, start: current, prefix: '' } : { candidates: [] };
    }
    default:
      return { candidates: [] };
  }
}

function valuesOf(flag: CommandShape['flags'][string] | undefined, typed: string, prefix: string): Completion {
  if (!flag) return { candidates: [] };
  const kind = FLAG_KINDS[flag.name];
  if (kind) return { dynamic: kind, start: typed, prefix };
  const done = flag.delimiter ? typed.slice(0, typed.lastIndexOf(flag.delimiter) + 1) : '';
  const taken = done.split(flag.delimiter ?? '');
  const names = (flag.options ?? []).filter((name) => !taken.includes(name));
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
