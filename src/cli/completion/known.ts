import type { Candidate } from '../../domain/list/completion.ts';
import { printable } from '../../views/printable.ts';
import type { Program } from '../base/built-config.ts';
import { type CommandShape, type Completion, complete } from './completion.ts';

/** A command as the manifest has it. */
type Listed = CommandShape & { hidden?: boolean };

/** What completion says of the arguments of __complete, the words behind --. `described`: the topics of package.json. */
export function completionOf(
  argv: readonly string[],
  commands: readonly Listed[],
  described: Program['pjson']['oclif']['topics'],
): Completion & { words: string[] } {
  const words = argv.slice(argv.indexOf('--') + 1);
  const shown = commands.filter(({ hidden }) => !hidden);
  const topics = Object.entries(described).map(([name, { description }]) => [name, description] as const);
  // as oclif has them, each command is a topic, too
  const all = [...topics, ...shown.map(({ id, summary = '' }) => [id, summary] as const)];
  return { ...complete(words, shown, Object.fromEntries(all)), words };
}

/** A line for each, as the completion scripts read them. */
export function candidateLines(candidates: readonly Candidate[]): string {
  return candidates.map(({ value, about }) => `${printable(value)}\t${printable(about)}\n`).join('');
}

/**
 * Completes what needs no database and no config file, for which loading the command would take twice as long. False: it
 * needs them.
 */
export function completeKnown(argv: readonly string[], program: Program): boolean {
  const { commands } = JSON.parse(program.manifest()) as { commands: Record<string, Listed> };
  const completion = completionOf(argv, Object.values(commands), program.pjson.oclif.topics);
  if (!('candidates' in completion)) return false;
  process.stdout.write(candidateLines(completion.candidates));
  return true;
}
