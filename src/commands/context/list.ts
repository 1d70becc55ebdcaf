import { configFileOf, readConfig } from '../../cli/connect/config-file.ts';
import { type ContextEntry, serviceContexts, serviceUrl, shownContext } from '../../cli/connect/contexts.ts';
import { listFlags } from '../../cli/input/flags.ts';
import { ListCommand, type ListResult } from '../../cli/list/list-command.ts';
import type { ListedContext } from '../../model/context.ts';
import { TomoError } from '../../model/errors.ts';
import { CONTEXT_LIST } from '../../views/context/columns.ts';

export default class ContextList extends ListCommand {
  static override access = 'none' as const;
  static override summary = 'List the contexts, and the services that can be used as one.';
  static override description =
    'The current one counts where neither a flag nor a variable names a database. Passwords are not shown.';
  static override examples = ListCommand.toExamples({
    'Which there are, and which is current': 'tomo context list',
    'Their names, for a script': 'tomo context list --columns name',
  });
  static override flags = listFlags(CONTEXT_LIST);

  async run(): Promise<ListResult<'contexts', ListedContext> | undefined> {
    const { flags } = await this.parse(ContextList);
    this.isQuiet = flags.quiet === true;
    const { env } = this.terminal;
    const { contexts = {}, context: current } = readConfig(env);
    const shown = (file: string) => (name: string) => ({ file, current: name === current });
    const fileOf = (name: string) => configFileOf(env, (config) => Object.hasOwn(config.contexts ?? {}, name));
    const rows = [
      ...Object.entries(contexts).map(([name, entry]) => shownContext(name, entry, shown(fileOf(name))(name))),
      ...this.#services(contexts).map(([name, file]) =>
        shownContext(name, { database: serviceUrl(name) }, shown(file)(name)),
      ),
    ];
    return this.printList(CONTEXT_LIST, flags, {
      read: { rows },
      none: 'There are no contexts. To make one: tomo context add NAME --database URL',
    });
  }

  /** A service file that cannot be read hides no context. */
  #services(contexts: Readonly<Record<string, ContextEntry>>): [name: string, file: string][] {
    try {
      return [...serviceContexts(contexts, this.terminal.env)];
    } catch (error) {
      if (!(error instanceof TomoError)) throw error;
      this.caution(error.message);
      return [];
    }
  }
}
