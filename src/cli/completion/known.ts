import type { Candidate } from '../../domain/list/completion.ts';
import { printable } from '../../views/printable.ts';
import type { Program } from '../base/built-config.ts';
import { type CommandShape, type Completion, complete } from './completion.ts';
import { wordsMeant } from './words-meant.ts';

/** A command as the manifest has it. */
type Listed = CommandShape & { hidden?: boolean };

/**
 * What completion says of the arguments of __complete, the words behind --. `described`: the topics of package.json.
 * `aliases`: the operator's own, asked for where they matter.
 */
export async function completionOf(
  argv: readonly string[],
  commands: readonly Listed[],
  described: Program['pjson']['oclif']['topics'],
  aliases: () => Promise<Readonly<Record<string, string>>> = ownAliases,
): Promise<Completion & { words: string[] }> {
  const shown = commands.filter(({ hidden }) => !hidden);
  const topics = Object.entries(described).map(([name, { description }]) => [name, description] as const);
  // as oclif has them, each command is a topic, too
  const all = new Map([...topics, ...shown.map(({ id, summary = '' }) => [id, summary] as const)]);
  const isOurs = (word: string) => word.startsWith('-') || all.has(word);
  const words = await wordsMeant(argv.slice(argv.indexOf('--') + 1), isOurs, aliases);
  const completion = complete(words, shown, Object.fromEntries(all));
  const start = words.at(-1) ?? '';
  const isAlias = words.length === 1 ? !isOurs(start) : words.slice(0, -1).join(' ') === 'alias remove';
  if (!isAlias || !('candidates' in completion)) return { ...completion, words };
  const own = Object.entries(await aliases()).filter(([name]) => name.startsWith(start));
  const candidates = [...completion.candidates, ...own.map(([value, text]) => ({ value, about: `tomo ${text}` }))];
  return { candidates, words };
}

/** Those of the config file; none of one that cannot be used, as completion says nothing of it. */
async function ownAliases(): Promise<Readonly<Record<string, string>>> {
  const { readConfig } = await import('../connect/config-file.ts');
  try {
    return readConfig(process.env).aliases ?? {};
  } catch {
    return {};
  }
}

/** A line for each, as the completion scripts read them. */
export function candidateLines(candidates: readonly Candidate[]): string {
  return candidates.map(({ value, about }) => `${printable(value)}\t${printable(about)}\n`).join('');
}

/** Says to the completion scripts that the shell is to offer files: nothing, about nothing else. */
export const FILES_LINE = '\tfiles\n';

/**
 * Completes what needs no database and no contexts, for which loading the command would take twice as long. False: it
 * needs them.
 */
export async function completeKnown(argv: readonly string[], program: Program): Promise<boolean> {
  const { commands } = JSON.parse(program.manifest()) as { commands: Record<string, Listed> };
  const completion = await completionOf(argv, Object.values(commands), program.pjson.oclif.topics);
  if ('dynamic' in completion) return false;
  process.stdout.write('files' in completion ? FILES_LINE : candidateLines(completion.candidates));
  return true;
}
