import { setTimeout as sleep } from 'node:timers/promises';
import { BaseCommand } from '../cli/base/base-command.ts';
import { type Completion, namedConnection } from '../cli/completion/completion.ts';
import { contextCandidates } from '../cli/completion/context-candidates.ts';
import { candidateLines, completionOf, FILES_LINE } from '../cli/completion/known.ts';
import { type ConnectionNames, isConfigured } from '../cli/connect/connection.ts';
import { type Candidate, type CandidateKind, findCandidates, type Typed } from '../domain/list/completion.ts';

/** Nobody waits longer for a Tab. Milliseconds. */
const PATIENCE = 1000;

/** What the completion scripts call: the words of the command line behind --, the last one unfinished. */
export default class InternalComplete extends BaseCommand {
  static override hidden = true;
  static override enableJsonFlag = false;

  async run(): Promise<void> {
    const { commands, pjson } = this.config;
    const described = pjson.oclif.topics as Record<string, { description: string }>;
    const completion = await completionOf(this.argv, commands, described);
    this.terminal.stdout.write(await this.#lines(completion));
    // whatever still waits for the database
    this.exit(0);
  }

  async #lines(completion: Completion & { words: readonly string[] }): Promise<string> {
    if ('files' in completion) return FILES_LINE;
    if ('candidates' in completion) return candidateLines(completion.candidates);
    return candidateLines(await this.#lookUp(completion, completion.words));
  }

  async #lookUp(
    { dynamic, start, prefix, users = [] }: Extract<Completion, { dynamic: unknown }>,
    words: readonly string[],
  ): Promise<Candidate[]> {
    const found =
      dynamic === 'context'
        ? contextCandidates(start, this.terminal.env)
        : await this.#fromDatabase(dynamic, { start, users }, namedConnection(words));
    return found.map(({ value, about }) => ({ value: prefix + value, about }));
  }

  async #fromDatabase(kind: CandidateKind, typed: Typed, names: ConnectionNames): Promise<Candidate[]> {
    const find = async () => {
      if (!isConfigured(names, this.terminal.env)) return [];
      return this.withDatabase({ ...names, quiet: true }, (db) => findCandidates(db, kind, typed));
    };
    return Promise.race([find().catch(() => []), sleep(PATIENCE, [])]);
  }

  /** A completion that fails says nothing: the message would land in the command line. */
  protected override async catch(error: Error): Promise<void> {
    if (error.message.startsWith('EEXIT')) throw error;
  }

  protected override async finally(): Promise<void> {}
}
