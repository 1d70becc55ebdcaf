import type { Command } from '@oclif/core/command';
import { Config } from '@oclif/core/config';
import type { Topic } from '@oclif/core/interfaces';

/** The built program, whether its files lie in a folder or in one file. */
export interface Program {
  /** The package's folder, or the executable that holds it. */
  root: string;
  pjson: { name: string; version: string; oclif: { topics: Record<string, { description: string }> } };
  /** What --version prints. */
  userAgent: string;
  /** Ids of all commands, as session:list. */
  ids: readonly string[];
  /** A module by its path in dist, as commands/session/list. */
  load: (path: string) => unknown;
  /** The text of oclif.manifest.json. */
  manifest: () => string;
}

/** What a command class is to those who run it; its own static `run` would load a configuration of its own. */
type Runnable = new (argv: string[], config: Config) => { _run: () => Promise<unknown> };

/**
 * oclif's configuration as the build knows it. oclif's own looks for plugins, themes, a shell, and sorts the
 * commands by the rules of a language, before anything runs; this one reads nothing until help, completion or a
 * failure asks for it.
 */
export class BuiltConfig extends Config {
  readonly #program: Program;
  readonly #ids: ReadonlySet<string>;
  #commands: Map<string, Command.Loadable> | undefined;
  #topics: Map<string, Topic> | undefined;

  constructor(program: Program) {
    const { root, pjson, userAgent } = program;
    super({ root, pjson: pjson as never });
    this.#program = program;
    this.#ids = new Set(program.ids);
    Object.assign(this, {
      root,
      pjson,
      userAgent,
      name: pjson.name,
      version: pjson.version,
      bin: 'tomo',
      dirname: 'tomo',
    });
    this.topicSeparator = ' ';
    this.platform = process.platform as Config['platform'];
  }

  /** The command that these words name, and what is behind its name; undefined: they name none. */
  commandAt(words: readonly string[]): { id: string; argv: string[] } | undefined {
    const id = this.#idOf(words);
    if (id === undefined) return undefined;
    const argv = words.slice(id.split(':').length);
    const { args, strict } = this.#classOf(id);
    // where no argument can stand, oclif takes a word for a part of the name
    const isName = strict && Object.keys(args).length === 0 && /^[^-=][^=]*$/.test(argv[0] ?? '');
    return isName ? undefined : { id, argv };
  }

  /** The command or topic that these words ask for help with, whatever stands behind its name; '': the program. */
  subjectOf(words: readonly string[]): string | undefined {
    if (words.length === 0) return '';
    return this.#idOf(words) ?? (this.findTopic(words.join(':')) && words.join(':'));
  }

  /** The longest command that words begin with. */
  #idOf(words: readonly string[]): string | undefined {
    return [2, 1].map((count) => words.slice(0, count).join(':')).find((name) => this.#ids.has(name));
  }

  #classOf(id: string): Command.Class {
    const { default: found } = this.#program.load(`commands/${id.replaceAll(':', '/')}`) as { default: Command.Class };
    found.id = id;
    return found;
  }

  override runCommand<T>(id: string, argv: string[] = []): Promise<T> {
    const Found = this.#classOf(id) as unknown as Runnable;
    return new Found(argv, this)._run() as Promise<T>;
  }

  /** There are no hooks. */
  override async runHook() {
    return { successes: [], failures: [] };
  }

  override get commandIDs(): string[] {
    return [...this.#ids];
  }

  override get commands(): Command.Loadable[] {
    return [...this.#loadable().values()];
  }

  override findCommand(id: string): Command.Loadable {
    // oclif says the same of what may be undefined
    return this.#loadable().get(id) as Command.Loadable;
  }

  override get topics(): Topic[] {
    return [...this.#named().values()];
  }

  override findTopic(id: string): Topic {
    return this.#named().get(id) as Topic;
  }

  #loadable(): Map<string, Command.Loadable> {
    if (this.#commands) return this.#commands;
    const { commands } = JSON.parse(this.#program.manifest()) as { commands: Record<string, Command.Cached> };
    const loadable = Object.values(commands).map((command) => ({
      ...command,
      load: async () => this.#classOf(command.id),
    }));
    this.#commands = new Map(loadable.map((command) => [command.id, command]));
    return this.#commands;
  }

  /** As oclif has them, each command is a topic, too. */
  #named(): Map<string, Topic> {
    if (this.#topics) return this.#topics;
    const described = Object.entries(this.#program.pjson.oclif.topics);
    const commands = this.commands.filter(({ hidden }) => !hidden);
    const topics = [
      ...described.map(([name, { description }]) => ({ name, description })),
      ...commands.map(({ id, summary = '' }) => ({ name: id, description: summary })),
    ];
    this.#topics = new Map(topics.map((topic) => [topic.name, topic]));
    return this.#topics;
  }
}
