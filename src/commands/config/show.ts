import { listFlags } from '../../cli/input/flags.ts';
import { ListCommand, type ListResult } from '../../cli/list/list-command.ts';
import { readSettings, type Setting } from '../../domain/settings/show.ts';
import { SETTING_LIST } from '../../views/config/columns.ts';
import { environmentWarning } from '../../views/config/warnings.ts';

export default class ConfigShow extends ListCommand {
  static override summary = 'Show every setting, its value and where that comes from.';
  static override description =
    'The database is the one truth for every program that uses it. An origin is default, database (somebody has set it here) or environment (a server runs with it). A variable of this environment changes nothing; where it says something else, a warning points that out.';
  static override examples = ListCommand.toExamples({
    'How it is set': 'tomo config show',
    'With defaults, and who set what': 'tomo config show --output wide',
    'What each setting takes': 'tomo config show --columns key,allowed,meaning',
  });
  static override flags = listFlags(SETTING_LIST);

  async run(): Promise<ListResult<'settings', Setting> | undefined> {
    const { flags } = await this.parse(ConfigShow);
    return this.printList(SETTING_LIST, flags, {
      read: async (db) => {
        const rows = await readSettings(db, this.terminal.env);
        for (const setting of rows) if (setting.environment !== null) this.caution(environmentWarning(setting));
        return { rows };
      },
      none: '',
    });
  }
}
