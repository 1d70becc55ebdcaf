import { readConfig } from '../../cli/connect/config-file.ts';
import { listFlags } from '../../cli/input/flags.ts';
import { ListCommand, type ListResult } from '../../cli/list/list-command.ts';
import type { Alias } from '../../model/alias.ts';
import { ALIAS_LIST } from '../../views/alias/columns.ts';

export default class AliasList extends ListCommand {
  static override access = 'none' as const;
  static override summary = 'List your own words for commands.';
  static override examples = ListCommand.toExamples({ 'Which there are': 'tomo alias list' });
  static override flags = listFlags(ALIAS_LIST);

  async run(): Promise<ListResult<'aliases', Alias> | undefined> {
    const { flags } = await this.parse(AliasList);
    this.isQuiet = flags.quiet === true;
    const rows = Object.entries(readConfig(this.terminal.env).aliases ?? {}).map(([name, command]) => ({
      name,
      command,
    }));
    return this.printList(ALIAS_LIST, flags, {
      read: { rows },
      none: 'There are no aliases. To make one: tomo alias set night "session list --live-since 22:00 --live-until 06:00"',
    });
  }
}
